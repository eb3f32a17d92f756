"""Threads that carry out the calls of an event loop."""

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from threading import Thread
from typing import Any, Final, NamedTuple, TypeVar

T = TypeVar("T")
_NAME: Final = "request"


class _Settled(NamedTuple):
    """A call that has ended: its caller and its result."""

    answer: "asyncio.Future[Any]"
    result: object
    error: BaseException | None

    def tell(self) -> None:
        """Tell the caller, unless it was cancelled meanwhile."""
        if self.answer.done():
            return
        if self.error is None:
            self.answer.set_result(self.result)
        else:
            self.answer.set_exception(self.error)


class _Letterbox:
    """The place where threads leave answers for one event loop.

    To wake a loop, a thread writes to a socket, and loses its turn by that. So only the first of several answers wakes
    the loop, which finds the others when it looks.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop: Final = loop
        self._settled: deque[_Settled] = deque()
        self._is_ringing = False

    def put(self, settled: _Settled) -> None:
        """Leave an answer; called by any thread."""
        self._settled.append(settled)
        if not self._is_ringing:
            self._is_ringing = True
            # A loop that has ended has no callers left.
            with suppress(RuntimeError):
                self.loop.call_soon_threadsafe(self._empty)

    def _empty(self) -> None:
        # First of all, because an answer that is put after the last look must ring again.
        self._is_ringing = False
        while self._settled:
            self._settled.popleft().tell()


class _Call(NamedTuple):
    """A call for a thread, and the place for its answer."""

    function: Callable[..., Any]
    arguments: tuple[object, ...]
    answer: "asyncio.Future[Any]"
    letterbox: _Letterbox

    def carry_out(self) -> None:
        """Call the function, and hand the caller what it returns or raises."""
        try:
            settled = _Settled(self.answer, self.function(*self.arguments), None)
        except BaseException as error:  # noqa: BLE001 - see above
            settled = _Settled(self.answer, None, error)
        self.letterbox.put(settled)


class ThreadPool:
    """A fixed number of threads, and a queue before them.

    The pool of the standard library wraps each call in two futures and a condition, which cost more than small answers
    do. The threads end with the process: a server waits for its requests, and not for the threads.
    """

    def __init__(self, threads: int) -> None:
        """Start that many threads, which wait for the first call."""
        self._calls: SimpleQueue[_Call] = SimpleQueue()
        self._letterbox: _Letterbox | None = None
        for number in range(threads):
            Thread(target=self._work, name=f"{_NAME}-{number}", daemon=True).start()

    async def run(self, function: Callable[..., T], *arguments: object) -> T:
        """Call the function in a thread. Returns or raises what the function does."""
        loop = asyncio.get_running_loop()
        letterbox = self._letterbox
        if letterbox is None or letterbox.loop is not loop:
            letterbox = self._letterbox = _Letterbox(loop)
        answer: asyncio.Future[T] = loop.create_future()
        self._calls.put(_Call(function, arguments, answer, letterbox))
        return await answer

    def _work(self) -> None:
        while True:
            self._calls.get().carry_out()
