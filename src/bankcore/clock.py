"""Time enters the core through this port, and from callers as instants."""

from abc import abstractmethod
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final, Protocol

from bankcore.errors import InvalidRequestError

PRESENT: Final = timedelta(minutes=1)
"""A question as of this long ago counts as one as of now, if the entries of an account are ahead of the clock."""
AHEAD: Final = timedelta(seconds=1)
"""An account whose last entry is further ahead of the clock than this was posted to before a clock stepped back."""
_INSTANT: Final = (
    "an instant is a datetime with an offset from UTC; write datetime.now(UTC), or local.astimezone() for local time"
)


class Clock(Protocol):
    """Tells the time."""

    @abstractmethod
    def now(self) -> datetime:
        """The present instant, aware and in UTC."""


def require_instant(instant: datetime, pointer: str) -> datetime:
    """The instant, in UTC.

    Raises:
        InvalidRequestError: it is no datetime, has no offset from UTC, or is of a year that UTC cannot say.
    """
    # Callers without a type checker pass dates and texts.
    if not isinstance(instant, datetime) or instant.utcoffset() is None:  # type: ignore[redundant-expr]
        raise InvalidRequestError(pointer=pointer, detail=_INSTANT)
    try:
        return instant.astimezone(UTC)
    except OverflowError:
        raise InvalidRequestError(pointer=pointer, detail="an instant of the years 1 to 9999, in UTC") from None


def require_period(from_instant: datetime | None, to_instant: datetime | None) -> None:
    """Require that both ends are instants, where they are given. Raises: InvalidRequestError, as `require_instant`."""
    for pointer, instant in (("/from", from_instant), ("/to", to_instant)):
        if instant is not None:
            require_instant(instant, pointer)


@lru_cache(maxsize=64)
def instant_text(instant: datetime) -> str:
    """The instant as `2026-01-31T12:00:00.000000Z`."""
    return instant.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"
