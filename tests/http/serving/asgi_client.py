"""A client of an ASGI application that sends what a test says, when it says."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

Application = Callable[[Any, Any, Any], Awaitable[None]]
Lines = Sequence[tuple[str, str]]


@dataclass
class Received:
    """What came back."""

    status: int = 0
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    pieces: list[bytes] = field(default_factory=list)
    ended: bool = False

    @property
    def json(self) -> Any:
        return json.loads(b"".join(self.pieces))

    @property
    def code(self) -> str:
        code: str = self.json["error"]["code"]
        return code


@dataclass
class Client:
    """Asks an application in one event loop of its own."""

    application: Application

    def ask(self, method: str, path: str, lines: Lines = (), pieces: Sequence[bytes] | None = (b"",)) -> Received:
        """One request; with `None` in place of pieces the body is announced and never comes."""
        return asyncio.run(self.ask_in_loop(method, path, lines, pieces))

    async def ask_in_loop(
        self, method: str, path: str, lines: Lines = (), pieces: Sequence[bytes] | None = (b"",)
    ) -> Received:
        received, rest = Received(), list(pieces or ())
        silence = asyncio.Event()

        async def receive() -> dict[str, Any]:
            if not rest:
                await silence.wait()
            return {"type": "http.request", "body": rest.pop(0), "more_body": bool(rest)}

        async def send(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                received.status, received.headers = message["status"], list(message["headers"])
            else:
                received.pieces.append(message["body"])
                received.ended = not message.get("more_body")

        await self.application(scope_of(method, path, lines), receive, send)
        return received


def scope_of(method: str, path: str, lines: Lines = ()) -> dict[str, Any]:
    """The request line and the header lines as a server hands them over."""
    raw_path, _, query = path.partition("?")
    return {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": raw_path,
        "raw_path": raw_path.encode(),
        "query_string": query.encode(),
        "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in lines],
        "client": ("192.0.2.7", 50_000),
        "server": ("127.0.0.1", 8000),
    }
