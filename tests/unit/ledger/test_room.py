"""What others may fill of a customer's account, and accounts of ours, which are never full."""

import pytest

from bankcore.ledger.accounts import AccountStatus
from bankcore.ledger.book import Book
from bankcore.ledger.commands import Deposit, Transfer, Withdraw
from bankcore.ledger.room import RECEIVED_MAX
from bankcore.money import MINOR_MAX
from tests.unit.ledger.test_balance_validator import ALICE, BOB, FEES, SETTLEMENT, book, out_of_range, refusal
from tests.worlds.values import npr

__all__ = ["book"]


def test_others_fill_half_of_an_account_and_leave_its_owner_the_rest(book: Book) -> None:
    book[BOB].balance_minor = RECEIVED_MAX - 100

    assert refusal(Transfer(ALICE, BOB, npr("1")), book) is None
    assert refusal(Transfer(ALICE, BOB, npr("1.01")), book) == out_of_range(BOB, RECEIVED_MAX)
    assert refusal(Deposit(BOB, npr("1000")), book) is None
    book[ALICE].owner_id = book[BOB].owner_id
    assert refusal(Transfer(ALICE, BOB, npr("1.01")), book) is None
    book[BOB].balance_minor = MINOR_MAX
    assert refusal(Withdraw(BOB, npr("1")), book) is None


@pytest.mark.parametrize("balance_minor", [MINOR_MAX, -MINOR_MAX])
def test_an_account_of_ours_that_is_full_refuses_nobody(book: Book, balance_minor: int) -> None:
    book[SETTLEMENT].balance_minor = book[FEES].balance_minor = balance_minor
    book[FEES].floor_minor = None

    assert refusal(Deposit(ALICE, npr("1")), book) is None
    assert refusal(Withdraw(ALICE, npr("1")), book) is None
    assert refusal(Transfer(ALICE, FEES, npr("1")), book) is None
    assert refusal(Transfer(FEES, ALICE, npr("1")), book) is None


def test_an_account_of_ours_that_is_frozen_in_one_direction_is_not_emptied(book: Book) -> None:
    book[FEES].balance_minor, book[FEES].status = MINOR_MAX, AccountStatus.DEBITS_FROZEN

    assert refusal(Transfer(ALICE, FEES, npr("1")), book) == out_of_range(FEES)


def test_an_account_of_ours_that_holds_or_a_floor_keep_is_not_emptied(book: Book) -> None:
    book[FEES].balance_minor, book[FEES].held_minor, book[FEES].floor_minor = MINOR_MAX, 1, 0

    assert refusal(Transfer(ALICE, FEES, npr("1")), book) == out_of_range(FEES)
    book[FEES].held_minor = 0
    assert refusal(Transfer(ALICE, FEES, npr("1")), book) is None
    book[FEES].balance_minor = book[FEES].floor_minor = -MINOR_MAX
    assert refusal(Transfer(FEES, ALICE, npr("1")), book) == out_of_range(FEES)
