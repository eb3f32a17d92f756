"""Receives the body of a request without a thread, within limits of time, speed and size."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final, NamedTuple

from bankcore.errors import BankcoreError, UnavailableError
from bankcore_http.answering.errors import BadRequestError, PayloadTooLargeError, RequestTimeoutError
from bankcore_http.reading.request_body import MAX_BODY_BYTES

LONGER_BODIES: Final = "LONGER_BODIES"
"""The key of the application's configuration under which `BodyLimits.longer` stands."""

Receive = Callable[[], Awaitable[dict[str, Any]]]
"""Gives the next message of the client."""

_LENGTH: Final = b"content-length"
_ENCODING: Final = b"transfer-encoding"
_FASTER: Final = 16
_PARAMETER: Final = re.compile("<[^>]+>")


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyLimits:
    """The greatest length of a body, and its time: `grace_s` seconds and one more for each `bytes_per_s` of it.

    The routes in `longer` take longer ones. What such a body has more than others comes sixteen times as fast, and only
    so many of them are received at a time, because they are held in memory.
    """

    longest_bytes: int = MAX_BODY_BYTES
    longer: Mapping[str, int] = field(default_factory=dict)
    long_places: int = 16
    grace_s: float = 5.0
    bytes_per_s: int = 4_096

    def longest_at(self, path: str) -> int:
        """How long a body may be there."""
        for route, longest_bytes in self.longer.items():
            if _paths_of(route).fullmatch(path):
                return longest_bytes
        return self.longest_bytes

    def time_s(self, length: int) -> float:
        """How long a body of that length may take, from its first byte to its last."""
        usual = min(length, self.longest_bytes)
        return self.grace_s + usual / self.bytes_per_s + (length - usual) / (_FASTER * self.bytes_per_s)


@cache
def _paths_of(route: str) -> re.Pattern[str]:
    """The paths of a route, whose parameters stand in angle brackets, each for one part of the path."""
    return re.compile("[^/]+".join(re.escape(part) for part in _PARAMETER.split(route)))


class BodyReceiver:
    """Receives bodies within those limits."""

    def __init__(self, limits: BodyLimits) -> None:
        self._limits = limits
        self._places = asyncio.Semaphore(limits.long_places)

    async def receive(
        self, path: str, headers: Iterable[tuple[bytes, bytes]], receive: Receive
    ) -> bytes | BankcoreError:
        """The whole body, which may be empty, or the reason why it was not received."""
        length = _length_of(headers, self._limits.longest_at(path))
        if not isinstance(length, _Length):
            return length
        if length.most <= self._limits.longest_bytes:
            return await self._receive(length, receive)
        try:
            async with asyncio.timeout(self._limits.grace_s):
                await self._places.acquire()
        except TimeoutError:
            return UnavailableError()
        try:
            return await self._receive(length, receive)
        finally:
            self._places.release()

    async def _receive(self, length: "_Length", receive: Receive) -> bytes | BankcoreError:
        try:
            async with asyncio.timeout(self._limits.time_s(length.most)):
                return await _receive(receive, length.enough)
        except TimeoutError:
            return RequestTimeoutError()


class _Length(NamedTuple):
    """How long a body is at most, and how many bytes are enough to know it: one more of one without a stated length."""

    most: int
    enough: int


def _length_of(headers: Iterable[tuple[bytes, bytes]], longest_bytes: int) -> _Length | bytes | BankcoreError:
    """How long the body is, or at once the empty one, or what is wrong with it."""
    sent = {name: value for name, value in headers if name in {_LENGTH, _ENCODING}}
    coding = sent.get(_ENCODING)
    if coding is not None:
        if coding.strip().lower() != b"chunked":
            return BadRequestError(pointer="/headers/Transfer-Encoding", detail="send the body plain or chunked")
        # Only the end of a chunked body is a message of its own; one with a length ends with its last byte.
        return _Length(longest_bytes, longest_bytes + 1)
    length = int(sent.get(_LENGTH, b"0"))
    if length > longest_bytes:
        return PayloadTooLargeError(limit_bytes=longest_bytes)
    return _Length(length, length) if length else b""


async def _receive(receive: Receive, enough: int) -> bytes | BankcoreError:
    pieces: list[bytes] = []
    while enough > 0:
        message = await receive()
        if message["type"] != "http.request":
            return BadRequestError(detail="the body ended early")
        pieces.append(message.get("body", b""))
        enough -= len(pieces[-1])
        if not message.get("more_body"):
            break
    return b"".join(pieces)
