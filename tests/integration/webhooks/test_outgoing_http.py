"""What is sent to a place that somebody named: over verified TLS, to no address that was not checked."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from bankcore_infra.clock import SystemClock
from bankcore_infra.outgoing import ForbiddenTargetError, addresses_of, read_target
from bankcore_infra.outgoing_http import ANSWER_BYTES_MAX, NotSentError, OutgoingClient, open_socket
from tests.unit.test_outgoing import FORBIDDEN, HOSTILE_URLS

OK: Final = b"HTTP/1.1 204 No Content\r\n\r\n"
MOVED: Final = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:%d/elsewhere\r\nContent-Length: 0\r\n\r\n"


class Server:
    """Answers with fixed bytes, and counts connections and what it was sent."""

    def __init__(self, answer: bytes, *, stays_open: bool = False) -> None:
        self.answer = answer
        self.connections = 0
        self.requests: list[bytes] = []
        self.port = 0
        self._stays_open = stays_open

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0] or 0)
                self.requests.append(head + await reader.readexactly(length))
                writer.write(self.answer)
                await writer.drain()
                if self._stays_open:
                    await reader.read()
                    return
        except (asyncio.IncompleteReadError, ConnectionError, ssl.SSLError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def serving(
    answer: bytes, *, tls: ssl.SSLContext | None = None, stays_open: bool = False
) -> AsyncIterator[Server]:
    served = Server(answer, stays_open=stays_open)
    listening = await asyncio.start_server(served.serve, "127.0.0.1", 0, ssl=tls)
    served.port = listening.sockets[0].getsockname()[1]
    try:
        yield served
    finally:
        listening.close()


async def post(client: OutgoingClient, url: str, *, timeout_s: float = 10.0) -> int:
    return await client.post(url, b"{}", {"webhook-id": "1"}, timeout_s=timeout_s)


async def problem_of(client: OutgoingClient, url: str, *, timeout_s: float = 10.0) -> str:
    with pytest.raises(NotSentError) as caught:
        await post(client, url, timeout_s=timeout_s)
    return caught.value.problem


async def test_an_answer_of_any_status_is_an_answer_and_its_connection_is_used_again() -> None:
    async with serving(OK) as server, OutgoingClient(local=True) as client:
        url = f"http://127.0.0.1:{server.port}/a%2Fb?c=d"

        assert [await post(client, url), await post(client, url)] == [204, 204]

    assert server.connections == 1
    assert server.requests[0].startswith(b"POST /a%2Fb?c=d HTTP/1.1\r\n")
    assert server.requests[0].endswith(b"\r\n\r\n{}")


async def test_a_hostile_address_is_never_connected_to(trap: Server) -> None:
    async with OutgoingClient(resolve=lambda _host, _port: ["127.0.0.1"]) as client:
        for url in HOSTILE_URLS:
            assert await problem_of(client, url.replace(":8443", f":{trap.port}"))

    assert trap.connections == 0


async def test_a_name_that_means_a_forbidden_address_is_never_connected_to() -> None:
    asked = iter(FORBIDDEN)
    async with OutgoingClient(resolve=lambda _host, _port: ["8.8.8.8", next(asked)]) as client:
        for _ in FORBIDDEN:
            assert await problem_of(client, "https://hooks.example.com/") in {"forbidden_address", "not_an_address"}


@pytest.mark.parametrize("address", ["10.0.0.1", "::1", "169.254.169.254"])
def test_a_socket_is_not_even_made_for_a_forbidden_address(address: str) -> None:
    with pytest.raises(ForbiddenTargetError):
        open_socket((socket.AF_INET, socket.SOCK_STREAM, 0, "", (address, 443)), local=False)


async def test_a_name_that_means_something_else_once_it_was_checked_is_not_connected_to(trap: Server) -> None:
    answers = iter([["8.8.8.8"], ["127.0.0.1"], ["8.8.8.8", "::ffff:127.0.0.1"]])

    def rebinding(_host: str, _port: int) -> list[str]:
        return next(answers)

    target = read_target("https://hooks.example.com:8443/")
    addresses_of(target, rebinding)

    async with OutgoingClient(resolve=rebinding) as client:
        for _ in range(2):
            assert await problem_of(client, "https://hooks.example.com:8443/") == "forbidden_address"
    assert trap.connections == 0


async def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    async with serving(OK) as inner, serving(MOVED % inner.port) as server, OutgoingClient(local=True) as client:
        assert await post(client, f"http://127.0.0.1:{server.port}/") == 302

    assert inner.connections == 0


async def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch, trap: Server) -> None:
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{trap.port}")

    async with serving(OK) as server, OutgoingClient(local=True) as client:
        assert await post(client, f"http://127.0.0.1:{server.port}/") == 204

    assert trap.connections == 0


async def test_an_answer_that_comes_too_late_or_never_ends_is_given_up() -> None:
    endless = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab"
    for answer in (b"", b"HTTP/1.1 200 OK\r\nX-A: b\r\n", endless):
        async with serving(answer, stays_open=True) as server, OutgoingClient(local=True) as client:
            assert await problem_of(client, f"http://127.0.0.1:{server.port}/", timeout_s=0.2) == "timed_out"


async def test_of_a_long_answer_only_the_beginning_is_read() -> None:
    long = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n" + b"x" * (4 * ANSWER_BYTES_MAX)
    async with serving(long, stays_open=True) as server, OutgoingClient(local=True) as client:
        assert await post(client, f"http://127.0.0.1:{server.port}/") == 200


async def test_whatever_is_no_http_or_no_server_is_a_failed_connection() -> None:
    async with serving(b"hello\r\n\r\n") as server, OutgoingClient(local=True) as client:
        url = f"http://127.0.0.1:{server.port}/"
        assert await problem_of(client, url) == "connection_failed"
    async with OutgoingClient(local=True) as client:
        assert await problem_of(client, url) == "connection_failed"


async def test_a_name_that_is_not_known_is_said_so() -> None:
    def unknown(_host: str, _port: int) -> list[str]:
        raise OSError

    async with OutgoingClient(resolve=unknown) as client:
        assert await problem_of(client, "https://hooks.example.com/") == "name_not_found"


async def test_the_certificate_has_to_be_of_the_name_and_of_a_known_authority(tmp_path: Path) -> None:
    right, other = certificate("localhost", tmp_path / "right"), certificate("example.com", tmp_path / "other")
    async with (
        serving(OK, tls=server_tls(right)) as trusted,
        serving(OK, tls=server_tls(other)) as named_otherwise,
        OutgoingClient(local=True, tls=client_tls(right, other)) as client,
        OutgoingClient(local=True) as stranger,
    ):
        url = f"https://localhost:{trusted.port}/"

        assert await post(client, url) == 204
        assert await problem_of(stranger, url) == "tls_failed"
        assert await problem_of(client, f"https://localhost:{named_otherwise.port}/") == "tls_failed"
    assert b"\r\nHost: localhost:" in trusted.requests[0]


@pytest.fixture
async def trap() -> AsyncIterator[Server]:
    """A server of this machine, which nobody may reach."""
    async with serving(OK) as server:
        yield server


def certificate(name: str, path: Path) -> Path:
    """A certificate that vouches for itself, with its key, in one file."""
    key, now = ec.generate_private_key(ec.SECP256R1()), SystemClock().now()
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


def server_tls(place: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(place)
    return context


def client_tls(*places: Path) -> ssl.SSLContext:
    context = ssl.create_default_context()
    for place in places:
        context.load_verify_locations(place)
    return context
