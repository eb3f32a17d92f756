"""Limits as the bank on paper keeps them: each debit is a line in a list, and is counted anew each time."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import NamedTuple, Self


@dataclass
class Line:
    """Something written on paper whose parts never change by themselves, so that a copy of it shares them."""

    def __deepcopy__(self, _memo: object) -> Self:
        return replace(self)


class Cap(NamedTuple):
    """At most so much of a currency, or so many where it has none; `per` is `once`, `day` or `month`."""

    per: str
    kind: str | None
    most: int
    currency: str | None

    def __deepcopy__(self, _memo: object) -> "Cap":
        return self


@dataclass
class Use(Line):
    """Something that left the account, or was set aside; it counts until its day, and its month, are over."""

    account: str
    kind: str
    minor: int
    count: int = 1
    is_of_today: bool = True
    is_of_this_month: bool = True

    def give_back(self, minor: int) -> None:
        """Count so much less; what took nothing was none."""
        self.minor -= minor
        self.count = 1 if self.minor else 0

    def lasts(self, per: str) -> bool:
        """Whether it still counts by that."""
        return {"once": False, "day": self.is_of_today, "month": self.is_of_this_month}[per]

    def age(self, turn: str) -> None:
        """A new `day` began, or a new `month`."""
        self.is_of_today = False
        self.is_of_this_month &= turn != "month"


def uses_of(uses: Iterable[Use], account: str, cap: Cap) -> int:
    """How much, or how many, the account has used of it."""
    bound = [use for use in uses if use.account == account and use.lasts(cap.per) and cap.kind in {None, use.kind}]
    return sum(use.count if cap.currency is None else use.minor for use in bound)
