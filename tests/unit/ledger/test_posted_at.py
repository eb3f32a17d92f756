from datetime import UTC, datetime, timedelta

import pytest

from bankcore.ledger.commands import Deposit, OpenAccount, Transfer
from bankcore.ledger.transaction_recorder import LEAD_MAX
from bankcore.testing import InMemoryBank, require_sound_books, require_time_order
from bankcore.testing.clock import START
from tests.worlds.values import NPR, npr, posted

MINUTE = timedelta(minutes=1)
MICROSECOND = timedelta(microseconds=1)


def test_money_is_posted_when_the_unit_of_work_was_opened(bank: InMemoryBank) -> None:
    alice = bank.accounts.open(currency="NPR", owner_id="alice").id
    opened_at = bank.clock.advance(MINUTE)

    transaction = bank.ledger.deposit(alice, npr("1"))

    assert transaction.posted_at == opened_at
    assert {entry.posted_at for entry in transaction.entries} == {opened_at}


def test_time_always_moves_forward_along_an_account(bank: InMemoryBank) -> None:
    alice = bank.accounts.open(currency="NPR", owner_id="alice").id
    bob = bank.accounts.open(currency="NPR", owner_id="bob").id
    first = bank.ledger.deposit(alice, npr("10"))

    second = bank.ledger.deposit(alice, npr("10"))
    bank.clock.advance(-MINUTE)
    third = bank.ledger.transfer(alice, bob, npr("1"))

    assert second.posted_at == first.posted_at + MICROSECOND
    assert third.posted_at == second.posted_at + MICROSECOND
    require_time_order(bank.snapshot())


def test_accounts_that_saw_no_later_entry_are_posted_at_the_present(bank: InMemoryBank) -> None:
    accounts = [bank.accounts.open(currency="NPR", owner_id=owner, floor=None).id for owner in ("a", "b", "c", "d")]
    bank.ledger.transfer(accounts[0], accounts[1], npr("1"))

    bank.clock.advance(-MINUTE)

    assert bank.ledger.transfer(accounts[2], accounts[3], npr("1")).posted_at == bank.clock.now()


def test_a_whole_batch_is_posted_at_one_instant(bank: InMemoryBank) -> None:
    alice = bank.accounts.open(currency="NPR", owner_id="alice", floor=None).id
    bob = bank.accounts.open(currency="NPR", owner_id="bob", floor=None).id
    later = bank.ledger.deposit(alice, npr("10")).posted_at
    bank.clock.advance(-MINUTE)

    *moved, _opened = bank.ledger.execute(
        [Transfer(bob, alice, npr("1")), Deposit(bob, npr("1")), OpenAccount("carol", NPR)]
    )

    assert {posted(outcome).transaction.posted_at for outcome in moved} == {later + MICROSECOND}
    assert {event.stamp.occurred_at for event in bank.events[-3:]} == {later + MICROSECOND}


def test_an_account_that_a_clock_has_left_far_ahead_is_not_followed(bank: InMemoryBank) -> None:
    alice, bob = (bank.accounts.open(currency="NPR", owner_id=owner).id for owner in ("alice", "bob"))
    ahead = bank.clock.advance(LEAD_MAX)
    bank.ledger.deposit(alice, npr("10"))

    bank.clock.advance(-LEAD_MAX)
    followed = bank.ledger.deposit(bob, npr("1"))
    bank.clock.advance(-MICROSECOND)
    anew = bank.ledger.deposit(alice, npr("1"))

    assert followed.posted_at == ahead + MICROSECOND
    assert anew.posted_at == bank.clock.now()
    require_sound_books(bank.snapshot())


@pytest.mark.parametrize("ahead", [timedelta(days=365), datetime(9999, 12, 30, tzinfo=UTC) - START], ids=str)
def test_what_was_posted_in_the_far_future_is_read_in_the_order_of_posting(
    bank: InMemoryBank, ahead: timedelta
) -> None:
    alice = bank.accounts.open(currency="NPR", owner_id="alice").id
    bank.ledger.deposit(alice, npr("1"))
    real = bank.clock.now()
    bank.clock.advance(START + ahead - real)
    bank.ledger.deposit(alice, npr("2"))
    bank.clock.advance(real + 2 * MINUTE - bank.clock.now())

    at_once = bank.accounts.balance(alice, at=bank.clock.now() - MICROSECOND)
    before = bank.accounts.balance(alice, at=real)
    later = bank.ledger.deposit(alice, npr("4")).posted_at

    assert (before.balance, at_once.balance) == (npr("1"), npr("3"))
    assert later == real + 2 * MINUTE
    assert bank.accounts.balance(alice, at=later).balance == npr("7")
    assert bank.accounts.balance(alice, at=later - MICROSECOND).balance == npr("1")
    assert bank.queries.last_sequence_at(alice, later) == 3
