"""Threads that carry out what an event loop asks for."""

import asyncio
from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread
from typing import Any, Final, TypeVar

T = TypeVar("T")
_NAME: Final = "request"


class ThreadPool:
    """A fixed number of threads, and a queue before them.

    The pool of the standard library wraps each call in two futures and a condition, which cost more than small answers
    do. The threads end with the process: a server waits for its requests, and not for the threads.
    """

    def __init__(self, threads: int) -> None:
        """With that many threads, which wait for the first call."""
        self._calls: SimpleQueue[Callable[[], None]] = SimpleQueue()
        for number in range(threads):
            Thread(target=self._work, name=f"{_NAME}-{number}", daemon=True).start()

    async def run(self, function: Callable[..., T], *arguments: object) -> T:
        """What the function returns or raises, once a thread has called it."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[T] = loop.create_future()

        def call() -> None:
            try:
                result = function(*arguments)
            except BaseException as error:  # noqa: BLE001 - it belongs to the caller
                loop.call_soon_threadsafe(_settle, answer.set_exception, error)
            else:
                loop.call_soon_threadsafe(_settle, answer.set_result, result)

        def _settle(settle: Callable[[Any], None], value: object) -> None:
            # The caller may have been cancelled meanwhile.
            if not answer.done():
                settle(value)

        self._calls.put(call)
        return await answer

    def _work(self) -> None:
        while True:
            self._calls.get()()
