"""The running server and clients that are slow or ambiguous: nobody else waits, and nothing happens twice."""

import json
import socket
import time
import urllib.request
from collections.abc import Iterator

import pytest

from tests.worlds.begun_bank import begin_bank, folder_of_servers
from tests.worlds.program import RunningBank, running_bank

pytestmark = [pytest.mark.timeout(180), pytest.mark.enable_socket, pytest.mark.usefixtures("unmeasured")]

CONNECTIONS_EACH = 100
HEAD = "Host: x\r\nContent-Type: application/json\r\n"
UNSENT = {
    "a body": f"POST /v1/auth/login HTTP/1.1\r\n{HEAD}Content-Length: 500\r\n\r\n{{",
    "a chunked body": f"POST /v1/auth/login HTTP/1.1\r\n{HEAD}Transfer-Encoding: chunked\r\n\r\n1\r\n{{\r\n",
    "a header": "POST /v1/auth/login HTTP/1.1\r\nHost: x\r\nX-A: ",
    "anything": "",
}


@pytest.fixture(scope="module")
def bank() -> Iterator[RunningBank]:
    with (
        folder_of_servers() as folder,
        running_bank(begin_bank(folder / "data"), BANKCORE_API_THREADS="4", BANKCORE_API_WORKERS="1") as running,
    ):
        yield running


def connect(bank: RunningBank, sent: str) -> socket.socket:
    host, port = bank.url.removeprefix("http://").split(":")
    connection = socket.create_connection((host, int(port)), timeout=40)
    connection.sendall(sent.encode("latin-1"))
    return connection


def read_to_end(connection: socket.socket) -> bytes:
    received = bytearray()
    with connection:
        while piece := connection.recv(65_536):
            received += piece
    return bytes(received)


def test_connections_that_never_send_something_stop_nobody_and_are_closed(bank: RunningBank) -> None:
    slow = {missing: [connect(bank, UNSENT[missing]) for _ in range(CONNECTIONS_EACH)] for missing in UNSENT}
    started = time.monotonic()

    for _ in range(4):
        with urllib.request.urlopen(f"{bank.url}/health/live", timeout=5) as answer:
            assert answer.status == 200
    answers = {
        missing: {read_to_end(connection).partition(b"\r\n")[0] for connection in connections}
        for missing, connections in slow.items()
    }

    assert answers == {missing: {b"HTTP/1.1 408 Request Timeout"} if "body" in missing else {b""} for missing in UNSENT}
    assert time.monotonic() - started < 35


def test_a_key_that_comes_twice_moves_no_money(bank: RunningBank) -> None:
    key, body = "register-once", json.dumps({"email": "sita@example.com", "password": "walnut-kettle-harbour"})
    lines = f"{HEAD}Connection: close\r\nIdempotency-Key: {key}\r\n"
    request = "POST /v1/auth/register HTTP/1.1\r\n{lines}Content-Length: {length}\r\n\r\n{body}"

    twice = request.format(lines=f"{lines}idempotency-key: {key}\r\n", length=len(body), body=body)
    folded = request.format(lines=f"{lines} {key}\r\n", length=len(body), body=body)
    once = request.format(lines=lines, length=len(body), body=body)

    assert b"/headers/Idempotency-Key" in read_to_end(connect(bank, twice))
    assert read_to_end(connect(bank, folded)).startswith(b"HTTP/1.1 400 ")
    assert read_to_end(connect(bank, once)).startswith(b"HTTP/1.1 201 ")


def test_a_connection_is_kept_after_a_body_was_read(bank: RunningBank) -> None:
    body = '{"email": "nobody@example.com", "password": "walnut-kettle-harbour"}'
    request = f"POST /v1/auth/login HTTP/1.1\r\n{HEAD}Content-Length: {len(body)}\r\n\r\n{body}"
    last = request.replace("Host: x", "Host: x\r\nConnection: close")

    answers = read_to_end(connect(bank, request + request + last))

    assert answers.count(b"HTTP/1.1 401 Unauthorized") == 3
