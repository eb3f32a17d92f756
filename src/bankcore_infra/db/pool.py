"""A pool of connections that serves those who wait in the order in which they came."""

import threading
from collections import deque
from typing import Any, Final

from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool
from typing_extensions import override

from bankcore_infra.db.waiting import Bell, new_bell


class FairPool(QueuePool):
    """SQLAlchemy's pool behind a turnstile.

    By itself it hands a returned connection to whoever asks first, which is most often the thread that has just
    returned it: with twice as many busy threads as connections, half of them wait until they time out (measured).
    """

    @override
    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._turnstile: Final = Turnstile(self._pool.maxsize + self._max_overflow)

    @override
    def _do_get(self) -> ConnectionPoolEntry:
        if not self._turnstile.enter(timeout_s=self._timeout):
            raise PoolTimeoutError(f"no connection became free within {self._timeout} s")
        try:
            return super()._do_get()
        except BaseException:
            self._turnstile.leave()
            raise

    @override
    def _do_return_conn(self, record: ConnectionPoolEntry) -> None:
        try:
            super()._do_return_conn(record)
        finally:
            self._turnstile.leave()


class Turnstile:
    """Lets at most so many callers in at once; a place that becomes free goes to the one that has waited longest."""

    def __init__(self, places: int) -> None:
        self._lock: Final = threading.Lock()
        self._free = places
        self._waiting: Final[deque[Bell]] = deque()

    def enter(self, *, timeout_s: float) -> bool:
        """Take a place, waiting for one; False when none became free in time."""
        with self._lock:
            if self._free:
                self._free -= 1
                return True
            bell = new_bell()
            self._waiting.append(bell)
        try:
            if bell.wait(timeout_s):
                return True
        except BaseException:
            if not self._take_back(bell):
                self.leave()
            raise
        return not self._take_back(bell)

    def _take_back(self, bell: Bell) -> bool:
        """Whether nobody waits there any more; the turn may have come between the end of the wait and here."""
        with self._lock:
            if bell not in self._waiting:
                return False
            self._waiting.remove(bell)
            return True

    def leave(self) -> None:
        """Give the place to the next one, or back."""
        with self._lock:
            while self._waiting:
                if self._waiting.popleft().ring():
                    return
            self._free += 1
