"""The lookout of a worker: looks for work by itself, so that nothing depends on the broker."""

import threading
import time
from typing import Final

from bankcore_infra.db.engine import Database
from bankcore_infra.log_messages import LogMessage, logger_of
from bankcore_infra.work.cursors import find_work
from bankcore_infra.work.follower import Follower
from bankcore_infra.work.policy import ConsumerPolicy

_LOG: Final = logger_of("work")

_SHARE: Final = 20
"""A worker spends at most one part in this many of its time on looking."""


class Pace:
    """How long to wait between looks: briefly after a find, and longer after each look without one."""

    def __init__(self, policy: ConsumerPolicy) -> None:
        self._policy = policy
        self._pause_s = policy.poll_min_s

    def pause_s(self, *, is_busy: bool, took_s: float) -> float:
        """The pause after a look of that duration."""
        longer_s = min(2 * self._pause_s, self._policy.poll_max_s)
        self._pause_s = self._policy.poll_min_s if is_busy else longer_s
        return max(self._pause_s, _SHARE * took_s)


class Lookout:
    """Looks at all tenants now and then; while the broker works, it finds nothing."""

    def __init__(self, database: Database, follower: Follower, policy: ConsumerPolicy) -> None:
        """For the tenants of that database and the consumers of the follower."""
        self._database = database
        self._follower = follower
        self._pace = Pace(policy)

    def run(self, stop: threading.Event) -> None:
        """Look until told to stop."""
        pause_s = 0.0
        while not stop.wait(pause_s):
            began, took_s, is_busy = time.monotonic(), 0.0, False
            try:
                found = self._database.read(lambda connection: find_work(connection, self._follower.consumers))
                took_s = time.monotonic() - began
                for tenant_id, _has_unplaced, behind in found:
                    for name in behind:
                        is_busy |= not stop.is_set() and self._follower.follow(tenant_id, name)
            except Exception as error:  # noqa: BLE001 - the loop outlives every server
                _LOG.warning(LogMessage("look for work failed; it is repeated", error=type(error).__name__))
            pause_s = self._pace.pause_s(is_busy=is_busy, took_s=took_s)
