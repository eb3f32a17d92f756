"""Whether the servers that a process needs answer at this moment, and in bounded time."""

import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from typing import Final

from redis import Redis, RedisError

from bankcore.errors import UnavailableError
from bankcore_infra.audit.recording.positions import count_stopped
from bankcore_infra.db.engine import Database
from bankcore_infra.db.preflight import find_missing_privilege
from bankcore_infra.log_messages import LogMessage, logger_of
from bankcore_infra.processes import renew_in_children
from bankcore_infra.wiring import Bank

_LOG: Final = logger_of("api")

FindFault = Callable[[], str | None]
"""What keeps a server from serving, in a few words; None if nothing does. It may take its time."""

_PING_TIMEOUT_S: Final = 0.5
# Who asks whether we are ready gives up soon: an answer that comes later is none.
_PATIENCE_S: Final = 1.5


def readiness_of(bank: Bank) -> Callable[[], Mapping[str, str | None]]:
    """A check that says of each server by name what is wrong with it; it never raises, and is quick."""
    inquiries = {
        "database": Inquiry(lambda: bank.database.find_fault(find_missing_privilege)),
        "log": Inquiry(lambda: _log_fault(bank.database)),
    }
    if bank.installation.redis_url is not None:
        redis: Redis = Redis.from_url(bank.installation.redis_url, socket_timeout=_PING_TIMEOUT_S)
        inquiries["redis"] = Inquiry(lambda: _redis_fault(redis))

    def check() -> Mapping[str, str | None]:
        for inquiry in inquiries.values():
            inquiry.begin()
        deadline = time.monotonic() + _PATIENCE_S
        return {name: inquiry.fault(by=deadline) for name, inquiry in inquiries.items()}

    return check


class Inquiry:
    """Asks a server in a thread of its own, since nothing bounds the time of a system call from outside.

    At most one is under way: whoever asks meanwhile hears what that one finds.
    """

    def __init__(self, find_fault: FindFault) -> None:
        self._find_fault = find_fault
        self._begin_anew()
        renew_in_children(self._begin_anew)

    def _begin_anew(self) -> None:
        self._lock = threading.Lock()
        self._under_way: Future[str | None] | None = None

    def begin(self) -> None:
        """Ask, if nobody does."""
        with self._lock:
            if self._under_way is None or self._under_way.done():
                self._under_way = Future()
                threading.Thread(target=self._ask, args=(self._under_way,), name="readiness", daemon=True).start()

    def fault(self, *, by: float) -> str | None:
        """What was found out, after `begin`, by that time of the monotonic clock."""
        assert self._under_way is not None  # noqa: S101 - `begin` has been called
        try:
            return self._under_way.result(max(0.0, by - time.monotonic()))
        except FutureTimeoutError:
            return "it does not answer"

    def _ask(self, answer: Future[str | None]) -> None:
        try:
            answer.set_result(self._find_fault())
        except Exception as error:  # noqa: BLE001 - whoever waits must hear something
            _LOG.warning(LogMessage("readiness unknown", error=type(error).__name__))
            answer.set_result("it could not be asked")


def _log_fault(database: Database) -> str | None:
    try:
        stopped = database.probe(count_stopped)
    except UnavailableError:
        return "it cannot be read"
    return "the database is not as it was last sealed; see `bankcore audit era`" if stopped else None


def _redis_fault(redis: Redis) -> str | None:
    try:
        redis.ping()
    except RedisError:
        return "it does not answer"
    return None
