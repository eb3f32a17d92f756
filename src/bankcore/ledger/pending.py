"""What one unit of work has recorded and not yet written, and a way back to what it was."""

from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

from bankcore.identifiers import AccountId, HoldId, TransactionId
from bankcore.ledger.accounts import Account, LockedAccount
from bankcore.ledger.book import Book
from bankcore.ledger.events import CommandRejected, LedgerEvent
from bankcore.ledger.holds import Hold
from bankcore.ledger.limit_book import LimitUsages
from bankcore.ledger.ports import LedgerUnit
from bankcore.ledger.transactions import Reversible, Transaction

K = TypeVar("K")
V = TypeVar("V")


@dataclass(slots=True)
class Pending:
    """Records in the order in which they were made.

    Touched accounts are keyed by the object, which is unique for each account in the book: the hash of a UUID is
    computed in Python, each time.
    """

    accounts: dict[AccountId, Account] = field(default_factory=dict)
    transactions: list[Transaction] = field(default_factory=list)
    touched: dict[int, LockedAccount] = field(default_factory=dict)
    holds: dict[HoldId, Hold] = field(default_factory=dict)
    events: list[LedgerEvent] = field(default_factory=list)

    def discard(self) -> None:
        """Forget all of it; refusals stay."""
        self.accounts.clear()
        self.transactions.clear()
        self.touched.clear()
        self.holds.clear()
        self.events = _refusals(self.events)

    def write(self, unit: LedgerUnit) -> None:
        """Write it into the unit of work, and begin anew."""
        if self.accounts:
            unit.add_accounts(list(self.accounts.values()))
        if self.transactions:
            unit.add_transactions(self.transactions)
        if self.touched:
            unit.update_accounts(list(self.touched.values()))
        if self.holds:
            unit.write_holds(list(self.holds.values()))
        if self.events:
            unit.publish(self.events)
        # What was handed over may be kept.
        self.accounts, self.transactions, self.touched, self.holds, self.events = {}, [], {}, {}, []


class Savepoint(NamedTuple):
    """Book and records as they were at one moment: of what only grows, how much there was; of the rest, a copy."""

    size: int
    accounts: list[LockedAccount]
    book_holds: dict[HoldId, Hold]
    book_transactions: dict[TransactionId, Reversible]
    usages: LimitUsages | None
    opened: int
    transactions: int
    touched: int
    holds: dict[HoldId, Hold]
    events: int


def save(book: Book, pending: Pending, account_ids: Iterable[AccountId] | None) -> Savepoint:
    """The state now, where nothing but these accounts of the book will change before it is restored; None for all."""
    ids = book if account_ids is None else {account_id for account_id in account_ids if account_id in book}
    return Savepoint(
        len(book),
        [copy(book[account_id]) for account_id in ids],
        dict(book.holds),
        dict(book.transactions),
        None if book.limits is None else book.limits.save(),
        len(pending.accounts),
        len(pending.transactions),
        len(pending.touched),
        dict(pending.holds),
        len(pending.events),
    )


def restore(book: Book, pending: Pending, saved: Savepoint) -> None:
    """Bring the state back, refusals excepted; nothing may have been written since."""
    _shorten(book, saved.size)
    for account in saved.accounts:
        book[account.id].become(account)
    book.holds, book.transactions = saved.book_holds, saved.book_transactions
    if book.limits is not None and saved.usages is not None:
        book.limits.restore(saved.usages)
    _shorten(pending.accounts, saved.opened)
    del pending.transactions[saved.transactions :]
    _shorten(pending.touched, saved.touched)
    pending.holds = saved.holds
    pending.events[saved.events :] = _refusals(pending.events[saved.events :])


def _shorten(records: dict[K, V], size: int) -> None:
    """Take away what was added last, until there are so many."""
    while len(records) > size:
        records.popitem()


def _refusals(events: list[LedgerEvent]) -> list[LedgerEvent]:
    return [event for event in events if isinstance(event, CommandRejected)]
