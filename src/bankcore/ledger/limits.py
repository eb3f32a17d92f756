"""Limits: how much, and how often, may leave an account at once, on one day and in one month."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Final, NamedTuple, Self

from bankcore.arguments import require_a
from bankcore.errors import InvalidRequestError
from bankcore.identifiers import AccountId
from bankcore.money import MINOR_MAX, Money

HOLD: Final = "hold"
"""The kind under which a limit binds new holds."""
LIMITS_MAX: Final = 32
COUNT_MAX: Final = 1_000_000_000
_KIND: Final = re.compile(r"[a-z][a-z0-9_]{0,31}", re.ASCII)
_DAY: Final = timedelta(days=1)


class LimitWindow(StrEnum):
    """What a limit is counted over; days and months are those of UTC."""

    TRANSACTION = "transaction"
    DAY = "day"
    MONTH = "month"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """At most so much, or so many, in each window: of one kind of transaction, of holds, or of all debits.

    A limit on an amount binds accounts of its currency.
    """

    per: LimitWindow
    amount: Money | None = None
    count: int | None = None
    kind: str | None = None

    def __post_init__(self) -> None:
        """Refuse a limit on nothing, on two things, and one that nobody could exceed or keep."""
        require_a(LimitWindow, self.per, "/per", "a window is one of LimitWindow")
        if self.kind is not None and not (isinstance(self.kind, str) and _KIND.fullmatch(self.kind)):  # type: ignore[redundant-expr]
            raise InvalidRequestError(pointer="/kind", detail="a kind of transaction, such as transfer; or hold")
        if (self.amount is None) == (self.count is None):
            raise InvalidRequestError(pointer="/amount", detail="either an amount or a count")
        if self.amount is not None:
            require_a(Money, self.amount, "/amount", 'an amount is written Money.of("100.50", "NPR")')
            if self.amount.minor < 0:
                raise InvalidRequestError(pointer="/amount", detail="at least zero")
        elif type(self.count) is not int or not 0 <= self.count <= COUNT_MAX:
            raise InvalidRequestError(pointer="/count", detail=f"a whole number of at most {COUNT_MAX}")
        elif self.per is LimitWindow.TRANSACTION:
            raise InvalidRequestError(pointer="/count", detail="a transaction is one: count them by day or month")

    def binds(self, kind: str) -> bool:
        """Whether it is about that kind of debit."""
        return self.kind is None or self.kind == kind


LimitPolicy = tuple[Limit, ...]
"""All limits that somebody has set: for one account, or for all customers of a tenant."""


def checked_policy(limits: Sequence[Limit]) -> LimitPolicy:
    """The limits as a policy. Raises: InvalidRequestError: too many, or what is no limit."""
    require_a(Sequence, limits, "/limits", "limits are a list of Limit")
    for limit in limits:
        require_a(Limit, limit, "/limits", 'a limit is written Limit(per=LimitWindow.DAY, amount=Money.of("5", "NPR"))')
    if len(limits) > LIMITS_MAX:
        raise InvalidRequestError(pointer="/limits", detail=f"at most {LIMITS_MAX} limits")
    return tuple(limits)


class Usage(NamedTuple):
    """What left an account as debits of one kind: on that day, and in its month up to then; in minor units."""

    kind: str
    day: date
    day_count: int = 0
    day_minor: int = 0
    month_count: int = 0
    month_minor: int = 0

    def as_of(self, today: date) -> Self:
        """The usage that counts on that day.

        Who began just before midnight may find that somebody has counted already after it, and goes on from there. A
        day further ahead was told by a clock that had jumped, and its counts would last for ever.
        """
        if today <= self.day <= today + _DAY:
            return self
        if (self.day.year, self.day.month) == (today.year, today.month) and self.day < today:
            return self._replace(day=today, day_count=0, day_minor=0)
        return type(self)(self.kind, today)

    def add(self, count: int, minor: int) -> Self:
        """With so many more, or less of them, in both windows."""
        return self._replace(
            day_count=max(0, self.day_count + count),
            day_minor=_within(self.day_minor + minor),
            month_count=max(0, self.month_count + count),
            month_minor=_within(self.month_minor + minor),
        )

    def add_to_month(self, count: int, minor: int) -> Self:
        """With so many more, or less of them, on earlier days of the month."""
        return self._replace(
            month_count=max(self.day_count, self.month_count + count),
            month_minor=max(self.day_minor, self.month_minor + minor),
        )

    def of(self, window: LimitWindow) -> tuple[int, int]:
        """How many, and how much, in that window."""
        return (self.day_count, self.day_minor) if window is LimitWindow.DAY else (self.month_count, self.month_minor)


class AccountLimits(NamedTuple):
    """The account's own policy, and what left it."""

    account_id: AccountId
    own: LimitPolicy
    usages: Sequence[Usage]


class LimitFacts(NamedTuple):
    """The policy of the tenant, which binds all its customers' accounts, and what accounts have of their own."""

    tenant: LimitPolicy = ()
    accounts: Sequence[AccountLimits] = ()


def day_of(instant: datetime) -> date:
    """The day of UTC on which it is."""
    return instant.astimezone(UTC).date()


def resets_at(window: LimitWindow, today: date) -> datetime | None:
    """When the window that has this day ends; None for a limit on each transaction."""
    if window is LimitWindow.TRANSACTION:
        return None
    is_by_day = window is LimitWindow.DAY
    following = today + _DAY if is_by_day else (today.replace(day=1) + 31 * _DAY).replace(day=1)
    return datetime.combine(following, time(), UTC)


def _within(minor: int) -> int:
    # More than an account can hold is more than any limit.
    return min(max(0, minor), MINOR_MAX)
