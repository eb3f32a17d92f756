"""What a database refuses by itself, whatever the program above it believes."""

from collections.abc import Iterable

from bankcore.errors import LedgerInvariantError
from bankcore.identifiers import AccountId
from bankcore.ledger.accounts import GENESIS_HASH, Account, LockedAccount
from bankcore.ledger.holds import Hold
from bankcore.ledger.transactions import Entry, Transaction, require_balanced
from bankcore.money import MINOR_MAX
from bankcore.testing.books import InMemoryBooks


def require_new_account(books: InMemoryBooks, account: Account) -> None:
    """Require that the account is empty and neither its id nor its number is taken; LedgerInvariantError otherwise."""
    _require(account.id not in books.accounts, f"account {account.id} is open already")
    _require(account.number not in books.numbers, f"the number {account.number} is taken")
    is_empty = (account.balance_minor, account.held_minor, account.version, account.head_hash) == (
        0,
        0,
        0,
        GENESIS_HASH,
    )
    _require(is_empty, f"account {account.id} is new and not empty")


def require_new_transaction(books: InMemoryBooks, transaction: Transaction) -> None:
    """Require that id and source are new and the entries sum to zero; LedgerInvariantError otherwise."""
    _require(transaction.id not in books.transactions, f"transaction {transaction.id} is recorded already")
    _require(transaction.source not in books.sources, f"{transaction.source} caused a transaction already")
    if transaction.reverses is not None:
        undone = books.reversible(books.transactions[transaction.reverses])
        _require(not undone.reverse(transaction.amount).is_overdone, f"{undone.transaction.id} is undone twice")
    for entry in transaction.entries:
        is_part = (entry.transaction_id, entry.posted_at) == (transaction.id, transaction.posted_at)
        _require(is_part, f"entry {entry.sequence} of account {entry.account_id} is not of {transaction.id}")
    require_balanced(transaction.entries)


def require_next_entry(books: InMemoryBooks, entry: Entry) -> None:
    """Require that the entry moves something and continues its account; LedgerInvariantError otherwise."""
    place = f"entry {entry.sequence} of account {entry.account_id}"
    account = books.accounts.get(entry.account_id)
    _require(account is not None and account.currency == entry.currency, f"{place} has no account of its currency")
    _require((entry.account_id, entry.sequence) not in books.entries, f"{place} exists")
    earlier = books.entries.get((entry.account_id, entry.sequence - 1))
    _require(earlier is not None or entry.sequence == 1, f"{place} leaves a gap")
    balance_minor = 0 if earlier is None else earlier.balance_after_minor
    _require(entry.amount_minor != 0, f"{place} moves nothing")
    _require(entry.balance_before_minor == balance_minor, f"{place} does not start at {balance_minor}")
    is_sum = entry.balance_before_minor + entry.amount_minor == entry.balance_after_minor
    _require(is_sum and abs(entry.balance_after_minor) <= MINOR_MAX, f"{place} leaves an impossible balance")


def require_balance(books: InMemoryBooks, account: LockedAccount) -> None:
    """Require that the account stands where its last entry left it, above its floor; LedgerInvariantError otherwise."""
    last = books.entries.get((account.id, account.version))
    is_last = (last is not None or account.version == 0) and (account.id, account.version + 1) not in books.entries
    _require(is_last, f"version {account.version} of account {account.id} is not its last entry")
    left = (0, GENESIS_HASH) if last is None else (last.balance_after_minor, last.hash)
    is_left = left == (account.balance_minor, account.head_hash)
    _require(is_left, f"account {account.id} does not stand where its last entry left it")
    floor_minor = books.accounts[account.id].floor_minor
    is_above = floor_minor is None or account.available_minor >= floor_minor
    _require(is_above, f"account {account.id} is below its floor")


def require_next_phase(books: InMemoryBooks, hold: Hold) -> None:
    """Require that the hold is new, or follows from what it was; LedgerInvariantError otherwise."""
    place, before = f"hold {hold.id}", books.holds.get(hold.id)
    _require(before is None or before.remaining_minor > 0, f"{place} has ended")
    _require(hold.version > (0 if before is None else before.version), f"{place} does not go on")
    captured_minor = 0 if before is None else before.captured_minor
    _require(captured_minor <= hold.captured_minor <= hold.amount_minor, f"{place} captures more than it kept")
    account = books.accounts.get(hold.account_id)
    _require(account is not None and account.currency == hold.currency, f"{place} has no account of its currency")


def require_held(books: InMemoryBooks, account_ids: Iterable[AccountId]) -> None:
    """Require that each account holds what its open holds keep; LedgerInvariantError otherwise."""
    for account_id in account_ids:
        kept_minor = sum(hold.remaining_minor for hold in books.open_holds_of(account_id))
        held_minor = books.accounts[account_id].held_minor
        _require(held_minor == kept_minor, f"account {account_id} holds {held_minor}, its holds keep {kept_minor}")


def _require(condition: bool, message: str) -> None:  # noqa: FBT001 - the condition is what the function is about
    if not condition:
        raise LedgerInvariantError(message)
