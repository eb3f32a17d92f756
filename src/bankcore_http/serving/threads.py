"""Serves a WSGI application over ASGI: threads run the application, and never wait for a client (docs/adr/0025)."""

import asyncio
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Final
from wsgiref.types import WSGIApplication, WSGIEnvironment

from bankcore.errors import BankcoreError, UnavailableError
from bankcore_http.serving.bodies import BodyLimits, BodyReceiver, Receive
from bankcore_http.serving.connections import end_connection
from bankcore_http.serving.environ import Scope, environ_of
from bankcore_http.serving.pool import ThreadPool
from bankcore_http.serving.readers import PIECE_BYTES, PatientSend, ReaderLimits, Send, UntakenError, cut
from bankcore_http.serving.request_boundary import REFUSAL
from bankcore_http.serving.turns import TurnLane

_QUEUE_TIMEOUT_S: Final = 10.0
_LANE_TIMEOUT_S: Final = 5.0
_LIMITS: Final = BodyLimits()
_READER_LIMITS: Final = ReaderLimits()
_CLOSE: Final = (b"connection", b"close")


@dataclass(slots=True)
class _Answer:
    """The application's answer; its body is made while it is sent."""

    status: int
    headers: list[tuple[bytes, bytes]]
    first: bytes
    rest: Iterator[bytes] | None
    source: Iterable[bytes]

    def next_piece(self) -> bytes | None:
        """The next piece of the rest, None after the last."""
        return None if self.rest is None else next(self.rest, None)

    def make_whole(self) -> None:
        """Take `first` for the whole body; a long one is still sent in pieces."""
        self.rest, self.source = None, ()
        if len(self.first) > PIECE_BYTES:
            self.rest = cut(self.first)
            self.first = next(self.rest)

    def close(self) -> None:
        """Tell the application that no more of the body is wanted."""
        close = getattr(self.source, "close", None)
        if close is not None:
            close()


def _remote_address(environ: WSGIEnvironment) -> str:
    address: str = environ.get("REMOTE_ADDR", "")
    return address


class ThreadedApplication:
    """An ASGI application. A body is received before a thread is taken, and an answer is sent after it is given back.

    So a slow client holds a connection for a bounded time, and no thread; the server bounds the number of connections.
    A request that found no thread for ten seconds is answered 503 and not carried out, because its client has likely
    given up.
    """

    def __init__(
        self,
        application: WSGIApplication,
        *,
        threads: int,
        narrow: Collection[str] = (),
        origin_of: Callable[[WSGIEnvironment], str] = _remote_address,
        limits: BodyLimits = _LIMITS,
        reader_limits: ReaderLimits = _READER_LIMITS,
    ) -> None:
        """Start that many threads, of which at most a quarter works on the `narrow` paths.

        Requests to these take turns by `origin_of`, which says where one comes from.
        """
        self._application = application
        self._bodies = BodyReceiver(limits)
        self._reader_limits = reader_limits
        self._narrow = narrow
        self._origin_of = origin_of
        self._lane = TurnLane(max(1, threads // 4))
        self._threads = ThreadPool(threads)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; other protocols of ASGI are not supported."""
        if scope["type"] != "http":
            return
        body = await self._bodies.receive(scope["path"], scope["headers"], receive)
        environ = environ_of(scope, body)
        answer = await (self._answer_in_lane if environ["PATH_INFO"] in self._narrow else self._answer)(environ)
        if isinstance(body, BankcoreError):
            # The rest of the body is still on its way, and must not be taken for the next request.
            answer.headers.append(_CLOSE)
        await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
        if answer.rest is None:
            await send({"type": "http.response.body", "body": answer.first})
        else:
            await self._stream(answer, scope, receive, send)

    async def _answer_in_lane(self, environ: WSGIEnvironment) -> _Answer:
        """Wait for a place in the lane, without holding a thread."""
        try:
            async with asyncio.timeout(_LANE_TIMEOUT_S):
                await self._lane.enter(self._origin_of(environ))
        except TimeoutError:
            environ[REFUSAL] = UnavailableError()
            return await self._answer(environ)
        try:
            return await self._answer(environ)
        finally:
            self._lane.leave()

    async def _answer(self, environ: WSGIEnvironment) -> _Answer:
        return await self._threads.run(self._answer_here, environ, time.monotonic() + _QUEUE_TIMEOUT_S)

    def _answer_here(self, environ: WSGIEnvironment, start_by: float) -> _Answer:
        if time.monotonic() > start_by:
            environ[REFUSAL] = UnavailableError()
        said: list[Any] = []

        def start_response(
            status: str, headers: list[tuple[str, str]], _error: object = None
        ) -> Callable[[bytes], None]:
            said[:] = [int(status[:3]), headers]
            return _no_write

        source = self._application(environ, start_response)
        pieces = iter(source)
        first = next(pieces, b"")
        status, headers = said
        raw_headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        answer = _Answer(status, raw_headers, first, pieces, source)
        if _is_whole(first, raw_headers):
            answer.close()
            answer.make_whole()
        return answer

    async def _stream(self, answer: _Answer, scope: Scope, receive: Receive, send: Send) -> None:
        """Send piece by piece; a thread makes the next one after the client took the last one.

        Raises:
            UntakenError: the client takes too little; answer and connection are broken off.
        """
        gone = asyncio.ensure_future(_wait_until_gone(receive))
        patient = PatientSend(send, self._reader_limits)
        piece: bytes | None = answer.first
        try:
            while piece is not None and not gone.done():
                await patient.send_piece(piece)
                piece = await self._threads.run(answer.next_piece)
            await send({"type": "http.response.body", "body": b""})
        except UntakenError:
            if scope.get("client") and scope.get("server"):
                # The server would wait for this client as long as there is a connection.
                await self._threads.run(partial(end_connection, client=scope["client"], server=scope["server"]))
            raise
        finally:
            gone.cancel()
            await self._threads.run(answer.close)


async def _wait_until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _is_whole(first: bytes, headers: Iterable[tuple[bytes, bytes]]) -> bool:
    length = str(len(first)).encode()
    return any(name == b"content-length" and value == length for name, value in headers)


def _no_write(_data: bytes) -> None:
    message = "answers are returned, not written"
    raise NotImplementedError(message)
