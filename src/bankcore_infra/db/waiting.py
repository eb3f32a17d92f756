"""How we wait: a thread stands still, a task of asyncio lets the other tasks of its loop go on.

The same code posts for threads and for tasks. For a task it runs in a greenlet, as SQLAlchemy runs what it does for
one, and whatever waits does it here (docs/adr/0052).
"""

import asyncio
import select
import sys
import threading
import time
from abc import abstractmethod
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from typing import Protocol, TypeVar

from sqlalchemy.util import await_only, greenlet_spawn
from typing_extensions import override

from bankcore_infra.extras import require_extra

T = TypeVar("T")


def is_for_a_task() -> bool:
    """Whether this code runs for a task of asyncio, so that nothing here may stand still."""
    # Where nobody has imported it, nobody runs in one.
    greenlet = sys.modules.get("greenlet")
    return greenlet is not None and getattr(greenlet.getcurrent(), "__sqlalchemy_greenlet_provider__", False)


async def run_for_task(work: Callable[[], T]) -> T:
    """The result of the work, whose waits let the other tasks go on. Raises: MissingExtraError: without greenlet."""
    _require_greenlet()
    return await greenlet_spawn(work)


def until_ready(socket: int, events: int, timeout_s: float) -> int:
    """Wait for one of these events of `select.poll`; those that came, 0 if none came in time."""
    if is_for_a_task():
        return await_only(_ready(socket, events, timeout_s))
    poll = select.poll()
    poll.register(socket, events)
    ready = poll.poll(timeout_s * 1_000)
    return ready[0][1] if ready else 0


def acquire(lock: asyncio.Lock) -> None:
    """Take a lock of tasks; whoever asks runs for one."""
    await_only(lock.acquire())


def pause(seconds: float) -> None:
    """Wait for so long."""
    if is_for_a_task():
        await_only(asyncio.sleep(seconds))
    else:
        time.sleep(seconds)


def apart(work: Callable[[], T], *, give_up: Callable[[T], None]) -> T:
    """What the work gives; for a task, a thread does it, because it stands still where we cannot reach.

    A task that is cancelled meanwhile leaves what comes of it to `give_up`.
    """
    return await_only(_in_thread(work, give_up)) if is_for_a_task() else work()


@cache
def _require_greenlet() -> None:
    require_extra("asyncio")


class Bell(Protocol):
    """Where one caller waits until somebody rings."""

    @abstractmethod
    def wait(self, timeout_s: float) -> bool:
        """Until somebody rings, or that long; whether somebody did."""

    @abstractmethod
    def ring(self) -> bool:
        """Wake whoever waits here, from any thread; False if nobody can wait here any more."""


def new_bell() -> Bell:
    """For the caller, a thread or a task."""
    return _BellOfTask() if is_for_a_task() else _BellOfThread()


class _BellOfThread(Bell):
    def __init__(self) -> None:
        self._rung = threading.Lock()
        self._rung.acquire()

    @override
    def wait(self, timeout_s: float) -> bool:
        return self._rung.acquire(timeout=timeout_s)

    @override
    def ring(self) -> bool:
        self._rung.release()
        return True


class _BellOfTask(Bell):
    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._rung = asyncio.Event()

    @override
    def wait(self, timeout_s: float) -> bool:
        return await_only(self._wait(timeout_s))

    @override
    def ring(self) -> bool:
        try:
            self._loop.call_soon_threadsafe(self._rung.set)
        except RuntimeError:
            # The loop is closed, and its tasks with it.
            return False
        return True

    async def _wait(self, timeout_s: float) -> bool:
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._rung.wait(), timeout_s)
        return self._rung.is_set()


async def _ready(socket: int, events: int, timeout_s: float) -> int:
    loop = asyncio.get_running_loop()
    came: asyncio.Future[int] = loop.create_future()

    def note(event: int) -> None:
        if not came.done():
            came.set_result(event)

    if events & select.POLLIN:
        loop.add_reader(socket, note, select.POLLIN)
    if events & select.POLLOUT:
        loop.add_writer(socket, note, select.POLLOUT)
    timer = loop.call_later(timeout_s, note, 0)
    try:
        return await came
    finally:
        timer.cancel()
        loop.remove_reader(socket)
        loop.remove_writer(socket)


async def _in_thread(work: Callable[[], T], give_up: Callable[[T], None]) -> T:
    doing = asyncio.get_running_loop().run_in_executor(None, work)
    try:
        return await asyncio.shield(doing)
    except asyncio.CancelledError:
        doing.add_done_callback(lambda done: None if done.cancelled() or done.exception() else give_up(done.result()))
        raise
