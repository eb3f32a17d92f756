"""Policies of limits: what happens to them, and the ports that keep and read them."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bankcore.events.stamps import Stamp
from bankcore.idempotency.ports import UnitOfWork, Units
from bankcore.identifiers import AccountId
from bankcore.ledger.accounts import Account
from bankcore.ledger.limit_book import LimitStanding
from bankcore.ledger.limits import LimitPolicy


@dataclass(frozen=True, slots=True)
class LimitsChanged:
    """An account, or the tenant if there is none, got this policy; `version` counts those that it had."""

    stamp: Stamp
    account_id: AccountId | None
    version: int
    policy: LimitPolicy
    reason: str | None


class LimitUnit(UnitOfWork, Protocol):
    """One tenant's policies inside one unit of work."""

    @abstractmethod
    def find_account(self, account_id: AccountId) -> Account | None:
        """The account."""

    @abstractmethod
    def store_policy(self, account_id: AccountId | None, policy: LimitPolicy) -> int:
        """Let that policy bind from now on, and return its version; whoever posts on the account is waited for."""


LimitUnits = Units[LimitUnit]


class LimitQueries(Protocol):
    """Reads of one tenant's limits."""

    @abstractmethod
    def get_policy(self, account_id: AccountId | None) -> LimitPolicy:
        """The account's own policy, or the one for all customers; empty if nobody set one.

        Raises:
            NotFoundError: no such account.
        """

    @abstractmethod
    def list_standings(self, account_id: AccountId, *, owner_id: str | None = None) -> Sequence[LimitStanding]:
        """The limits that bind the account, its own ones first, with what is used and left of each.

        Raises:
            NotFoundError: no such account, or it belongs to somebody else.
        """
