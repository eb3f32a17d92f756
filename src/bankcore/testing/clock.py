"""A clock that stands still until a test moves it."""

from datetime import UTC, datetime, timedelta
from typing import Final

from bankcore.clock import Clock

START: Final = datetime(2026, 1, 31, 12, tzinfo=UTC)
"""What a `FrozenClock` shows at first."""


class FrozenClock(Clock):
    """Tells the instant it was last set to."""

    def __init__(self, instant: datetime = START) -> None:
        """Show that instant. Raises: ValueError: it has no offset from UTC."""
        self._now = _in_utc(instant)

    def now(self) -> datetime:
        return self._now

    def advance(self, duration: timedelta) -> datetime:
        """Move the clock by that much, and tell the new instant."""
        self._now += duration
        return self._now

    def move_to(self, instant: datetime) -> None:
        """Show that instant, which may lie in the past, as it does when a server's clock is corrected.

        Raises:
            ValueError: the instant has no offset from UTC.
        """
        self._now = _in_utc(instant)


def _in_utc(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError("an instant needs an offset from UTC")
    return instant.astimezone(UTC)
