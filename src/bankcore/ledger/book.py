"""The book: what one unit of work has locked, and the state in which its commands are decided one after another."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from bankcore.identifiers import AccountId, HoldId, TransactionId
from bankcore.ledger.accounts import LockedAccount
from bankcore.ledger.holds import Hold
from bankcore.ledger.limit_book import LimitBook
from bankcore.ledger.transactions import Reversible


class Named(NamedTuple):
    """What commands name besides accounts: it was recorded before, and its accounts are locked with the others."""

    holds: Sequence[HoldId] = ()
    transactions: Sequence[TransactionId] = ()
    emptied: Sequence[AccountId] = ()
    """Accounts on which nothing may be held any more: the open hold that expires next is read."""


NOTHING_NAMED: Final = Named()


class Facts(NamedTuple):
    """What was named as it stands under the locks, and the holds of accounts that have some to let go."""

    holds: Sequence[Hold] = ()
    transactions: Sequence[Reversible] = ()


class Book(dict[AccountId, LockedAccount]):
    """The locked accounts by id, and what else commands name.

    A hold that is here stands under the lock of its account, and a transaction under those of all its accounts.
    """

    __slots__ = ("holds", "limits", "opened_at", "transactions")

    def __init__(self, accounts: Iterable[LockedAccount], *, opened_at: datetime, facts: Facts | None = None) -> None:
        super().__init__((account.id, account) for account in accounts)
        self.opened_at = opened_at
        self.limits: LimitBook | None = None
        self.holds: dict[HoldId, Hold] = {} if facts is None else {hold.id: hold for hold in facts.holds}
        self.transactions: dict[TransactionId, Reversible] = (
            {} if facts is None else {each.transaction.id: each for each in facts.transactions}
        )

    def due(self) -> list[LockedAccount]:
        """The accounts of which a hold may have expired."""
        return [account for account in self.values() if is_due(account, self.opened_at)]

    def open_holds_of(self, account: LockedAccount) -> list[Hold]:
        """Those of its open holds that were read: of a due account all whose time is over, and the next one."""
        return [hold for hold in self.holds.values() if hold.account_id == account.id and hold.remaining_minor]


def is_due(account: LockedAccount, at: datetime) -> bool:
    """Whether a hold of the account may have expired by then."""
    return account.held_until is not None and account.held_until <= at
