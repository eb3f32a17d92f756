"""A small server of HTTP/1.1 on this machine, which can also break off in ways that a good one never would."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qsl, urlsplit

BODY_BYTES_MAX: Final = 1_048_576
_HEADERS_MAX: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class SpokenRequest:
    """A request as it came; names of headers in lower case."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    @property
    def form(self) -> Mapping[str, str]:
        """The fields of its form."""
        return dict(parse_qsl(self.body.decode("utf-8", "replace")))


@dataclass(frozen=True, slots=True)
class SpokenAnswer:
    """An answer; None in its place breaks the connection off."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


Answering = Callable[[SpokenRequest], Awaitable[SpokenAnswer | None]]


class HttpServer:
    """Listens on a port of this machine; it belongs to the event loop that started it."""

    def __init__(self, answer: Answering) -> None:
        self._answer = answer
        self._clients: set[asyncio.StreamWriter] = set()
        self._connections: set[asyncio.Task[None]] = set()

    async def start(self, port: int) -> int:
        """Listen; the port, which is a free one if 0 was asked for."""
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", port)
        found: int = self._server.sockets[0].getsockname()[1]
        return found

    async def stop(self) -> None:
        """Leave every client."""
        self._server.close()
        for writer in self._clients:
            writer.transport.abort()
        await asyncio.gather(*self._connections)

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self._connections.add(connection)
        connection.add_done_callback(self._connections.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one client, one after another, until it leaves."""
        self._clients.add(writer)
        try:
            while (request := await _read_request(reader)) is not None:
                said = await self._answer(request)
                if said is None:
                    # Without a last word, as when a machine dies.
                    writer.transport.abort()
                    return
                writer.write(_bytes_of(said))
                await writer.drain()
        except (OSError, EOFError):
            return
        finally:
            self._clients.discard(writer)
            writer.close()


async def _read_request(reader: asyncio.StreamReader) -> SpokenRequest | None:
    words = (await reader.readline()).split()
    headers: dict[str, str] = {}
    while len(headers) < _HEADERS_MAX:
        line = (await reader.readline()).decode("latin-1").strip()
        if not line:
            break
        name, _colon, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    length = headers.get("content-length", "0")
    if len(words) != len(("method", "target", "version")) or not length.isdecimal() or int(length) > BODY_BYTES_MAX:
        return None
    target = urlsplit(words[1].decode("latin-1"))
    return SpokenRequest(
        method=words[0].decode("latin-1"),
        path=target.path,
        query=dict(parse_qsl(target.query)),
        headers=headers,
        body=await reader.readexactly(int(length)),
    )


def _bytes_of(answer: SpokenAnswer) -> bytes:
    headers = {"Content-Type": "application/json", **answer.headers, "Content-Length": str(len(answer.body))}
    lines = [f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + answer.body


async def post(url: str, body: bytes, headers: Mapping[str, str]) -> int:
    """Send the body to a server of this machine, and give the status of its answer; 0 if there is none."""
    place = urlsplit(url)
    try:
        reader, writer = await asyncio.open_connection(place.hostname, place.port)
    except OSError:
        return 0
    sent = {**headers, "Host": place.netloc, "Content-Length": str(len(body)), "Connection": "close"}
    target = f"{place.path or '/'}{'?' + place.query if place.query else ''}"
    head = "\r\n".join([f"POST {target} HTTP/1.1", *(f"{name}: {value}" for name, value in sent.items())])
    try:
        writer.write((head + "\r\n\r\n").encode("latin-1") + body)
        await writer.drain()
        words = (await reader.readline()).split()
        await reader.read()
    except OSError:
        return 0
    finally:
        writer.close()
    return int(words[1]) if len(words) > 1 and words[1].isdigit() else 0
