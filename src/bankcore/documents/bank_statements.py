"""Statements that another bank made, as far as they can be compared with our books."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from bankcore.money import Money

YEARS: Final = range(1900, 2200)
"""Of which years the days are that banks write; days before and after these have no place in a calendar of ours."""


def require_year(instant: datetime) -> datetime:
    """The instant, if it is of such a year. Raises: ValueError."""
    if instant.year not in YEARS:
        raise ValueError(f"the year {instant.year}")
    return instant


class BankEntry(NamedTuple):
    """A booked line: what moved on the account, positive where money came in, and what the bank calls it."""

    line: int
    """The line of the file that it begins on."""
    amount: Money
    booked_at: datetime
    value_at: datetime
    bank_reference: str | None
    """The servicer's own reference of the entry, which no other entry has."""
    reference: str | None
    """What the payer wrote."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BankStatement:
    """A period of an account at another bank, with the balances that it names."""

    account: str
    from_instant: datetime
    to_instant: datetime
    opening: Money
    closing: Money
    entries: tuple[BankEntry, ...]


class BadLine(NamedTuple):
    """What is wrong with a line of a file."""

    line: int
    problem: str


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file that is no statement as it is: each place, and nothing of it is used."""

    lines: tuple[BadLine, ...]
