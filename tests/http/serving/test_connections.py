"""The connection of a client that takes nothing is ended, and nobody else's."""

import select
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress

import pytest

from bankcore_http.serving.connections import end_connection
from bankcore_infra.sockets import find_listening

pytestmark = [pytest.mark.enable_socket, pytest.mark.timeout(60)]


def connect(port: int) -> socket.socket:
    deadline = time.monotonic() + 20
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=10)
        except ConnectionRefusedError:
            assert time.monotonic() < deadline
            time.sleep(0.05)


def is_ended(connection: socket.socket, *, within_s: float) -> bool:
    """Whether the other side resets the connection; what it sent before is not read."""
    poll = select.poll()
    poll.register(connection, 0)
    return bool(poll.poll(within_s * 1_000))


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """Where a server gives readers half a second."""
    free = find_listening("127.0.0.1", 0).port
    command = [sys.executable, "-m", "tests.http.serving.stalling_server", str(free)]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL) as process:
        connect(free).close()
        yield free
        process.terminate()


@pytest.mark.parametrize("path", ["/endless", "/long"])
def test_the_connection_of_a_reader_that_takes_nothing_is_ended(port: int, path: str) -> None:
    with closing(connect(port)) as stalled, closing(connect(port)) as other:
        stalled.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())

        assert is_ended(stalled, within_s=20)

        other.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert other.recv(1_000).endswith(b"small")


def test_a_reader_that_takes_it_gets_all_of_a_long_answer(port: int) -> None:
    with closing(connect(port)) as connection:
        connection.sendall(b"GET /long HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        received = bytearray()
        while piece := connection.recv(1_000_000):
            received += piece

    head, _, body = bytes(received).partition(b"\r\n\r\n")
    assert b"content-length: 30000000" in head.lower()
    assert b"transfer-encoding" not in head.lower()
    assert len(body) == 30_000_000


def test_of_many_connections_the_one_with_these_two_ends_is_ended() -> None:
    with ExitStack() as open_ones:
        listening = open_ones.enter_context(socket.create_server(("127.0.0.1", 0)))
        address = listening.getsockname()
        clients = [open_ones.enter_context(socket.create_connection(address, timeout=10)) for _ in range(3)]
        accepted = [open_ones.enter_context(listening.accept()[0]) for _ in clients]
        client = accepted[1].getpeername()

        # Some servers spell ports out.
        assert end_connection(client=(client[0], str(client[1])), server=(address[0], str(address[1])))

        for each in accepted:
            with suppress(OSError):
                each.sendall(b"still here")
        assert {one.getsockname(): one.recv(100) for one in clients} == {
            each: b"" if each == client else b"still here" for each in (one.getsockname() for one in clients)
        }


def test_a_connection_that_is_gone_is_not_found() -> None:
    assert not end_connection(client=("192.0.2.7", 50_000), server=("127.0.0.1", 8_000))
