"""Sends an answer in pieces to a client that has to take them soon and fast enough."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

Send = Callable[[dict[str, Any]], Awaitable[None]]
"""Sends a message to the client, and waits while the client takes no more."""

PIECE_BYTES: Final = 65_536
"""A longer answer is sent in pieces of this size, because the server takes a whole one without telling whether it
arrives.
"""


class UntakenError(TimeoutError):
    """The client takes the answer too slowly, or not at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderLimits:
    """How long a client may let us wait: `grace_s` for a piece, and in all one second more for each `bytes_per_s`."""

    grace_s: float = 30.0
    bytes_per_s: int = 4_096


class PatientSend:
    """Sends pieces as long as the client takes them; the time to make them does not count."""

    def __init__(self, send: Send, limits: ReaderLimits) -> None:
        self._send = send
        self._limits = limits
        self._waited_s = 0.0
        self._taken_bytes = 0

    async def send_piece(self, piece: bytes) -> None:
        """Send a piece that is not the last one. Raises: UntakenError."""
        limits, began = self._limits, time.monotonic()
        left_s = limits.grace_s + self._taken_bytes / limits.bytes_per_s - self._waited_s
        try:
            async with asyncio.timeout(min(limits.grace_s, left_s)):
                await self._send({"type": "http.response.body", "body": piece, "more_body": True})
        except TimeoutError:
            raise UntakenError from None
        self._waited_s += time.monotonic() - began
        self._taken_bytes += len(piece)


def cut(content: bytes) -> Iterator[bytes]:
    """The content in pieces, at least one."""
    yield content[:PIECE_BYTES]
    for place in range(PIECE_BYTES, len(content), PIECE_BYTES):
        yield content[place : place + PIECE_BYTES]
