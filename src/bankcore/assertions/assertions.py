"""Assertions: a stated balance of one of our accounts, never changed; and the ports that keep and compare them."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple, NewType, Protocol
from uuid import UUID

from bankcore.events.stamps import Stamp
from bankcore.idempotency.ports import UnitOfWork, Units
from bankcore.identifiers import AccountId
from bankcore.ledger.accounts import Account, AccountKind
from bankcore.money import Money

AssertionId = NewType("AssertionId", UUID)
SOURCE_LENGTH_MAX: Final = 140


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceAssertion:
    """Somebody's word on what an account held by an instant, counted by value date; `stated` is in their sight.

    A later assertion of the same account and instant takes the place of an earlier one, which stays.
    """

    id: AssertionId
    account_id: AccountId
    as_of: datetime
    stated: Money
    source: str
    recorded_at: datetime


class CheckedAssertion(NamedTuple):
    """An assertion, what our books count by its instant in the same sight, and whether a later one replaced it."""

    assertion: BalanceAssertion
    counted: Money
    is_superseded: bool

    @property
    def is_met(self) -> bool:
        """Whether the books agree with it."""
        return self.assertion.stated == self.counted


@dataclass(frozen=True, slots=True)
class BalanceAsserted:
    """A balance was stated."""

    stamp: Stamp
    assertion: BalanceAssertion


class AssertionUnit(UnitOfWork, Protocol):
    """One tenant's assertions inside one unit of work."""

    @abstractmethod
    def find_account(self, account_id: AccountId) -> Account | None:
        """The account."""

    @abstractmethod
    def add_assertion(self, assertion: BalanceAssertion) -> None:
        """Keep it for ever."""


AssertionUnits = Units[AssertionUnit]


class AssertionQueries(Protocol):
    """What was stated to one tenant, compared with its books as they are now."""

    @abstractmethod
    def list_assertions(self, *, before: AssertionId | None = None, limit: int) -> Sequence[CheckedAssertion]:
        """The assertions, latest first, from just before the given one."""


def in_sight_of_others(kind: AccountKind, amount: Money) -> Money:
    """An amount of our books as the other side has it.

    A settlement account mirrors theirs: what they owe us is a credit at theirs, and a debit at ours.
    """
    return -amount if kind is AccountKind.SETTLEMENT else amount
