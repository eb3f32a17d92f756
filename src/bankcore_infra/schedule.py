"""When jobs run: once in each slot, whoever is there to see it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from threading import Event
from typing import Final
from zoneinfo import ZoneInfo

from bankcore.identifiers import TenantId

NIGHTLY_ZONE: Final = ZoneInfo("Asia/Kathmandu")
"""Daily jobs run at night where most holders live."""
Loop = Callable[[Event], None]
"""Runs in a thread of its own until the event is set."""
KeepAlive = Callable[[], None]
"""To be called now and then by a job that takes long, so that nobody takes it for dead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyJob:
    """A job of each tenant, every day at that time of that place.

    `run` may be called again for the same slot after a failure, so it must be safe to repeat.
    """

    name: str
    at: time
    zone: ZoneInfo
    run: Callable[[TenantId, KeepAlive], None]

    def latest_slot(self, now: datetime) -> datetime:
        """The last moment not after `now` at which it was to run, in UTC."""
        today = datetime.combine(now.astimezone(self.zone).date(), self.at, tzinfo=self.zone)
        # By the calendar and not by 24 hours: where clocks change, a day is longer or shorter.
        slot = today if today <= now else today - timedelta(days=1)
        return slot.astimezone(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """Something that every scheduler does every `interval_s` seconds; it sees to it itself that two do no harm."""

    name: str
    interval_s: float
    run: Callable[[], object]
