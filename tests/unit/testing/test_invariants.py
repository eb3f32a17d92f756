from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from bankcore.errors import LedgerInvariantError
from bankcore.ledger.accounts import Account
from bankcore.ledger.transactions import Entry
from bankcore.testing import (
    BooksSnapshot,
    InMemoryBank,
    read_books,
    require_balances_match,
    require_chains,
    require_dense_sequences,
    require_floors,
    require_sound_books,
    require_time_order,
    require_zero_sum,
)
from tests.worlds.values import npr

Forgery = Callable[[list[Entry]], list[Entry]]


@pytest.fixture
def books(bank: InMemoryBank) -> BooksSnapshot:
    """Alice with three entries on her account, and the settlement account that they came from."""
    alice = bank.accounts.open(currency="NPR", owner_id="alice").id
    for amount in ("5", "7", "9"):
        bank.ledger.deposit(alice, npr(amount))
    return read_books(bank.queries, ["alice"])


def alice_of(books: BooksSnapshot) -> Account:
    (account,) = [account for account in books.accounts if account.owner_id == "alice"]
    return account


def with_alice(books: BooksSnapshot, account: Account) -> BooksSnapshot:
    others = [other for other in books.accounts if other.id != account.id]
    return BooksSnapshot([*others, account], books.entries)


def with_entries(books: BooksSnapshot, forge: Forgery) -> BooksSnapshot:
    account_id = alice_of(books).id
    return BooksSnapshot(books.accounts, {**books.entries, account_id: forge(list(books.entries[account_id]))})


def test_books_that_only_the_ledger_wrote_are_sound(bank: InMemoryBank, books: BooksSnapshot) -> None:
    require_sound_books(books)
    require_sound_books(bank.snapshot())
    require_sound_books(BooksSnapshot([], {}))


def test_books_are_read_with_all_their_pages(bank: InMemoryBank) -> None:
    accounts = [bank.accounts.open(currency="NPR", owner_id="alice") for _ in range(201)]
    for _ in range(101):
        bank.ledger.deposit(accounts[7].id, npr("1"))

    read = read_books(bank.queries, ["alice"])

    stored = bank.snapshot()
    assert sorted(read.accounts, key=lambda account: account.id) == sorted(
        stored.accounts, key=lambda account: account.id
    )
    assert read.entries == stored.entries


def test_money_that_is_made_is_found(books: BooksSnapshot) -> None:
    account = alice_of(books)

    with pytest.raises(LedgerInvariantError, match=r"do not sum to zero: \{'NPR': 1\}"):
        require_zero_sum(with_alice(books, replace(account, balance_minor=account.balance_minor + 1)))
    with pytest.raises(LedgerInvariantError, match="entries do not sum to zero"):
        require_zero_sum(with_entries(books, lambda entries: [entries[0]._replace(amount_minor=1), *entries[1:]]))


@pytest.mark.parametrize(
    "forge",
    [
        lambda entries: entries[1:],
        lambda entries: entries[:-1],
        lambda entries: [entries[0], entries[2]],
        lambda entries: [entries[1], entries[0], entries[2]],
        lambda entries: [*entries, entries[-1]],
    ],
    ids=["first gone", "last gone", "one between gone", "reordered", "one twice"],
)
def test_entries_that_are_missing_surplus_or_out_of_place_are_found(forge: Forgery, books: BooksSnapshot) -> None:
    with pytest.raises(LedgerInvariantError, match="has entries"):
        require_dense_sequences(with_entries(books, forge))
    with pytest.raises(LedgerInvariantError):
        require_chains(with_entries(books, forge))


@pytest.mark.parametrize(
    "forge",
    [
        lambda entries: [entries[0]._replace(balance_before_minor=1), *entries[1:]],
        lambda entries: [entries[0]._replace(balance_after_minor=1), *entries[1:]],
        lambda entries: [*entries[:2], entries[2]._replace(amount_minor=1, balance_after_minor=1_201)],
    ],
    ids=["before", "after", "amount of the last"],
)
def test_a_balance_that_is_not_the_sum_of_its_entries_is_found(forge: Forgery, books: BooksSnapshot) -> None:
    with pytest.raises(LedgerInvariantError, match="does not"):
        require_balances_match(with_entries(books, forge))
    with pytest.raises(LedgerInvariantError, match="breaks at entry"):
        require_chains(with_entries(books, forge))


def test_a_head_that_is_not_the_last_entry_is_found(books: BooksSnapshot) -> None:
    with pytest.raises(LedgerInvariantError, match="head"):
        require_chains(with_alice(books, replace(alice_of(books), head_hash=bytes(32))))


def test_an_account_below_its_floor_is_found(books: BooksSnapshot) -> None:
    account = alice_of(books)

    require_floors(with_alice(books, replace(account, floor_minor=None, balance_minor=-1)))
    require_floors(with_alice(books, replace(account, floor_minor=-1, balance_minor=-1)))
    with pytest.raises(LedgerInvariantError, match="below its floor"):
        require_floors(with_alice(books, replace(account, balance_minor=-1)))
    with pytest.raises(LedgerInvariantError, match="below its floor"):
        require_floors(with_alice(books, replace(account, held_minor=account.balance_minor + 1)))


def test_time_that_runs_backwards_is_found(books: BooksSnapshot) -> None:
    def turn_back(entries: list[Entry]) -> list[Entry]:
        return [*entries[:2], entries[2]._replace(posted_at=entries[0].posted_at - timedelta(hours=1))]

    with pytest.raises(LedgerInvariantError, match="before"):
        require_time_order(with_entries(books, turn_back))
