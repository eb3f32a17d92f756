"""The machine's clock."""

from datetime import UTC, datetime

from typing_extensions import override

from bankcore.clock import Clock


class SystemClock(Clock):
    """Tells the time of this machine; money takes its time from the database instead."""

    @override
    def now(self) -> datetime:
        return datetime.now(UTC)
