"""Requests to providers leave once, and what may have left is told from what certainly has not."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from bankcore_infra.providers.transport import ANSWER_BYTES_MAX, HttpTransport
from bankcore_infra.providers.wire import NoAnswer, NotSent, WireAnswer, get, post_json


def whole_request(client: socket.socket) -> bytes:
    """The request with its body, which may come later; what is no HTTP as far as it comes at once."""
    heard = client.recv(65_536)
    while heard.startswith(b"POST") and not heard.endswith(b"}"):
        heard += client.recv(65_536)
    return heard


@contextmanager
def server(*answers: bytes | None) -> Iterator[tuple[str, list[bytes]]]:
    """A server that says these bytes to one connection after another, and hangs up; None keeps it waiting."""
    heard: list[bytes] = []
    done = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            for answer in answers:
                with listening.accept()[0] as client:
                    heard.append(whole_request(client))
                    if answer is None:
                        done.wait(10)
                    else:
                        client.sendall(answer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/v1/", heard
        done.set()
        thread.join(10)


def transport(url: str, *, read_timeout_s: float = 10) -> HttpTransport:
    return HttpTransport(url, connect_timeout_s=1, read_timeout_s=read_timeout_s)


def test_a_request_goes_below_the_address_and_its_answer_comes_whole() -> None:
    with server(b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}") as (url, heard):
        sending = transport(url)
        reply = sending.send(post_json("/charges", {"X-Key": "k"}, {"a": 1}))
        sending.close()

    assert reply == WireAnswer(201, b"{}")
    assert heard[0].startswith(b"POST /v1/charges HTTP/1.1\r\n")
    assert b"X-Key: k" in heard[0]
    assert heard[0].endswith(b'{"a":1}')


def test_where_nobody_listens_nothing_was_sent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]

    reply = transport(f"http://127.0.0.1:{port}").send(get("/", {}))

    assert reply == NotSent("no connection")


@pytest.mark.parametrize(
    "answer",
    [
        None,
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nno length",
        b"nonsense\r\n\r\n",
    ],
    ids=["silence", "hung up", "broken off", "not chunked", "no HTTP"],
)
def test_a_request_without_a_whole_answer_may_have_been_heard(answer: bytes | None) -> None:
    with server(answer) as (url, heard):
        sending = transport(url, read_timeout_s=0.3)
        reply = sending.send(post_json("/charges", {}, {"a": 1}))
        sending.close()

    assert isinstance(reply, NoAnswer)
    assert len(heard) == 1


def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    with server(b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n") as (url, heard):
        reply = transport(url).send(get("/", {}))

    assert reply == WireAnswer(302, b"")
    assert len(heard) == 1


def test_an_answer_without_end_is_given_up() -> None:
    length = ANSWER_BYTES_MAX + 70_000
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n".encode()
    with server(head + b" " * length) as (url, _heard):
        reply = transport(url).send(get("/", {}))

    assert reply == NoAnswer("the answer is too long, or takes too long")


def test_a_server_that_is_not_the_providers_is_not_told_anything() -> None:
    with server(b"HTTP/1.1 400 Bad Request\r\n\r\n") as (url, heard):
        reply = transport(url.replace("http://", "https://")).send(post_json("/charges", {}, {"secret": 1}))

    assert isinstance(reply, NoAnswer)
    assert b"secret" not in heard[0]


def test_no_proxy_of_the_environment_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    with server(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") as (url, _heard):
        reply = transport(url).send(get("/", {}))

    assert reply == WireAnswer(200, b"")
