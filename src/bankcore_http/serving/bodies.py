"""Receives the body of a request without a thread, within limits of time, speed and size."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

from bankcore.errors import BankcoreError
from bankcore_http.answering.errors import BadRequestError, PayloadTooLargeError, RequestTimeoutError
from bankcore_http.reading.request_body import MAX_BODY_BYTES

Receive = Callable[[], Awaitable[dict[str, Any]]]
"""Gives the next message of the client."""

_LENGTH: Final = b"content-length"
_ENCODING: Final = b"transfer-encoding"


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyLimits:
    """The greatest length of a body, and its time: `grace_s` seconds and one more for each `bytes_per_s` of it."""

    longest_bytes: int = MAX_BODY_BYTES
    grace_s: float = 5.0
    bytes_per_s: int = 4_096

    def time_s(self, length: int) -> float:
        """How long a body of that length may take, from its first byte to its last."""
        return self.grace_s + length / self.bytes_per_s


async def receive_body(
    headers: Iterable[tuple[bytes, bytes]], receive: Receive, limits: BodyLimits
) -> bytes | BankcoreError:
    """The whole body, which may be empty, or the reason why it was not received.

    Of a body without a stated length, at most one byte more than the limit is received, which is enough to refuse it.
    """
    sent = {name: value for name, value in headers if name in {_LENGTH, _ENCODING}}
    if not sent:
        return b""
    coding = sent.get(_ENCODING)
    if coding is not None and coding.strip().lower() != b"chunked":
        return BadRequestError(pointer="/headers/Transfer-Encoding", detail="send the body plain or chunked")
    length = limits.longest_bytes if coding is not None else int(sent[_LENGTH])
    if length == 0:
        return b""
    if length > limits.longest_bytes:
        return PayloadTooLargeError(limit_bytes=limits.longest_bytes)
    try:
        async with asyncio.timeout(limits.time_s(length)):
            # A body with a length ends with its last byte; only the end of a chunked one is a message of its own.
            return await _receive(receive, limits.longest_bytes + 1 if coding is not None else length)
    except TimeoutError:
        return RequestTimeoutError()


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
