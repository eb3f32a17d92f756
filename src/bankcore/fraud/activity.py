"""What a rule looks at: one movement of an account, and what moved there before it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple

from bankcore.identifiers import AccountId, TransactionId
from bankcore.money import Currency, format_minor

ENTRIES_MAX: Final = 200
"""How many entries of an account are looked at, which bounds what one event costs however busy the account is."""


class Direction(StrEnum):
    """Whether money came to the account or left it."""

    IN = "in"
    OUT = "out"


class Movement(NamedTuple):
    """What one transaction moved on the account: more than zero minor units, in one direction.

    `counterparty` is the other customer's account; None when money entered or left the bank, or went to or from our
    own side of the books.
    """

    amount_minor: int
    direction: Direction
    counterparty: AccountId | None
    at: datetime


class History(NamedTuple):
    """The account as a whole; `is_complete` says that the recent movements are all it ever had."""

    opened_at: datetime
    is_complete: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountActivity:
    """A movement on an account and the recent ones before it, in no particular order.

    All time is taken from the movement itself: looking at it again later finds the same.
    """

    account_id: AccountId
    currency: Currency
    movement: Movement
    recent: tuple[Movement, ...]
    history: History

    def earlier(self, direction: Direction) -> list[Movement]:
        """The recent movements in that direction, this one left out."""
        return [movement for movement in self.recent if movement.direction is direction]

    def within(self, window_s: int) -> Iterator[Movement]:
        """This movement, and those of the recent ones that came at most so many seconds before it."""
        begin = self.movement.at - timedelta(seconds=window_s)
        yield self.movement
        yield from (movement for movement in self.recent if movement.at >= begin)

    def money(self, amount_minor: int) -> str:
        """The amount for people, with its currency; a sum of many movements may be more than `Money` can say."""
        return f"{format_minor(amount_minor, self.currency.exponent)} {self.currency.code}"


class Line(NamedTuple):
    """One entry of an account as the store has it: signed minor units, and the other customer's account if any."""

    transaction_id: TransactionId
    amount_minor: int
    counterparty: AccountId | None
    at: datetime


def movements_of(lines: Iterable[Line]) -> list[Movement]:
    """What each transaction moved in total, in the order in which the lines name them; nothing counts for nothing."""
    totals: dict[TransactionId, Line] = {}
    for line in lines:
        known = totals.get(line.transaction_id)
        totals[line.transaction_id] = (
            line if known is None else known._replace(amount_minor=known.amount_minor + line.amount_minor)
        )
    return [
        Movement(
            abs(line.amount_minor),
            Direction.IN if line.amount_minor > 0 else Direction.OUT,
            line.counterparty,
            line.at,
        )
        for line in totals.values()
        if line.amount_minor != 0
    ]
