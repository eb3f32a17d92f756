"""What must hold of any books at any time, as functions that raise when it does not.

They look at a `BooksSnapshot`, wherever it comes from: `InMemoryBank.snapshot()`, or `read_books` on a bank with a
database. A snapshot read in several queries is only sound if nobody posts meanwhile.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from bankcore.errors import LedgerInvariantError
from bankcore.identifiers import AccountId
from bankcore.ledger.accounts import GENESIS_HASH, SYSTEM_OWNER, Account
from bankcore.ledger.chain import follows
from bankcore.ledger.queries import LedgerQueries
from bankcore.ledger.transactions import Entry, require_balanced

_PAGE_LIMIT: Final = 100


@dataclass(frozen=True, slots=True)
class BooksSnapshot:
    """The accounts of one tenant at one moment, each with all its entries in the order of their sequence."""

    accounts: Sequence[Account]
    entries: Mapping[AccountId, Sequence[Entry]]


def read_books(queries: LedgerQueries, owner_ids: Iterable[str]) -> BooksSnapshot:
    """The books of these owners and of the bank itself; sums come to zero only if no owner is left out."""
    accounts = [
        account for owner_id in sorted({*owner_ids, SYSTEM_OWNER}) for account in _accounts_of(queries, owner_id)
    ]
    return BooksSnapshot(accounts, {account.id: _entries_of(queries, account.id) for account in accounts})


def require_sound_books(books: BooksSnapshot) -> None:
    """Require that every invariant of this module holds, but for the order of time, which depends on the clock.

    Raises:
        LedgerInvariantError: one does not; the message names the place.
    """
    require_zero_sum(books)
    require_dense_sequences(books)
    require_balances_match(books)
    require_chains(books)
    require_floors(books)


def require_zero_sum(books: BooksSnapshot) -> None:
    """Require that the entries of each transaction and the balances of all accounts sum to zero in each currency.

    Raises:
        LedgerInvariantError: money was made or lost.
    """
    totals: dict[str, int] = defaultdict(int)
    for account in books.accounts:
        totals[account.currency.code] += account.balance_minor
    wrong = {code: total for code, total in totals.items() if total}
    _require(not wrong, f"balances do not sum to zero: {wrong}")
    entries_by_transaction = defaultdict(list)
    for entries in books.entries.values():
        for entry in entries:
            entries_by_transaction[entry.transaction_id].append(entry)
    for entries in entries_by_transaction.values():
        require_balanced(entries)


def require_dense_sequences(books: BooksSnapshot) -> None:
    """Require that each account's entries are numbered 1, 2, 3 and so on, up to its version.

    Raises:
        LedgerInvariantError: an entry is missing, surplus or out of place.
    """
    for account in books.accounts:
        sequences = [entry.sequence for entry in books.entries[account.id]]
        expected = list(range(1, account.version + 1))
        _require(sequences == expected, f"account {account.id} of version {account.version} has entries {sequences}")


def require_balances_match(books: BooksSnapshot) -> None:
    """Require that each entry starts at the balance that the one before left, and the last ends at the account's.

    Raises:
        LedgerInvariantError: a balance is not the sum of the entries up to it.
    """
    for account in books.accounts:
        balance_minor = 0
        for entry in books.entries[account.id]:
            place = f"entry {entry.sequence} of account {account.id}"
            _require(entry.balance_before_minor == balance_minor, f"{place} does not start at {balance_minor}")
            balance_minor += entry.amount_minor
            _require(entry.balance_after_minor == balance_minor, f"{place} does not leave {balance_minor}")
        _require(account.balance_minor == balance_minor, f"account {account.id} does not hold {balance_minor}")


def require_chains(books: BooksSnapshot) -> None:
    """Require that each entry's hash follows from its facts and the entry before, and the last is the account's head.

    Raises:
        LedgerInvariantError: something was changed, inserted or removed after it was recorded.
    """
    for account in books.accounts:
        head_hash = GENESIS_HASH
        for entry in books.entries[account.id]:
            is_sound = follows(head_hash, account.tenant_id, entry)
            _require(is_sound, f"the chain of account {account.id} breaks at entry {entry.sequence}")
            head_hash = entry.hash
        _require(account.head_hash == head_hash, f"the head of account {account.id} is not its last entry")


def require_floors(books: BooksSnapshot) -> None:
    """Require that no account with a floor has less than that available.

    Raises:
        LedgerInvariantError: somebody spent more than there was.
    """
    for account in books.accounts:
        is_above = account.floor is None or account.available >= account.floor
        _require(is_above, f"account {account.id} has {account.available}, below its floor of {account.floor}")


def require_time_order(books: BooksSnapshot) -> None:
    """Require that `posted_at` never decreases along an account, as where no clock stepped back by minutes.

    Raises:
        LedgerInvariantError: an entry is dated before the one before it.
    """
    for account_id, entries in books.entries.items():
        for earlier, later in pairwise(entries):
            is_ordered = earlier.posted_at <= later.posted_at
            _require(is_ordered, f"entry {later.sequence} of account {account_id} was posted before the one before it")


def _require(condition: bool, message: str) -> None:  # noqa: FBT001 - the condition is what the function is about
    if not condition:
        raise LedgerInvariantError(message)


def _accounts_of(queries: LedgerQueries, owner_id: str) -> list[Account]:
    accounts: list[Account] = []
    after: AccountId | None = None
    while page := queries.list_accounts(owner_id=owner_id, after=after, limit=_PAGE_LIMIT):
        accounts.extend(page)
        after = page[-1].id
    return accounts


def _entries_of(queries: LedgerQueries, account_id: AccountId) -> tuple[Entry, ...]:
    entries: list[Entry] = []
    before_sequence: int | None = None
    while page := queries.list_entries(account_id, before_sequence=before_sequence, limit=_PAGE_LIMIT):
        entries.extend(page)
        before_sequence = page[-1].sequence
    return tuple(reversed(entries))
