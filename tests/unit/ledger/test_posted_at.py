from datetime import timedelta

from bankcore.ledger.commands import Deposit, OpenAccount, Transfer
from bankcore.testing import InMemoryBank, require_time_order
from tests.examples import NPR, npr, posted

HOUR = timedelta(hours=1)
MICROSECOND = timedelta(microseconds=1)


def test_money_is_posted_when_the_unit_of_work_was_opened(bank: InMemoryBank) -> None:
    alice = bank.accounts.open(currency="NPR", owner_id="alice").id
    opened_at = bank.clock.advance(HOUR)

    transaction = bank.ledger.deposit(alice, npr("1"))

    assert transaction.posted_at == opened_at
    assert {entry.posted_at for entry in transaction.entries} == {opened_at}


def test_time_always_moves_forward_along_an_account(bank: InMemoryBank) -> None:
    alice = bank.accounts.open(currency="NPR", owner_id="alice").id
    bob = bank.accounts.open(currency="NPR", owner_id="bob").id
    first = bank.ledger.deposit(alice, npr("10"))

    second = bank.ledger.deposit(alice, npr("10"))
    bank.clock.advance(-HOUR)
    third = bank.ledger.transfer(alice, bob, npr("1"))

    assert second.posted_at == first.posted_at + MICROSECOND
    assert third.posted_at == second.posted_at + MICROSECOND
    require_time_order(bank.snapshot())


def test_accounts_that_saw_no_later_entry_are_posted_at_the_present(bank: InMemoryBank) -> None:
    accounts = [bank.accounts.open(currency="NPR", owner_id=owner, floor=None).id for owner in ("a", "b", "c", "d")]
    bank.ledger.transfer(accounts[0], accounts[1], npr("1"))

    bank.clock.advance(-HOUR)

    assert bank.ledger.transfer(accounts[2], accounts[3], npr("1")).posted_at == bank.clock.now()


def test_a_whole_batch_is_posted_at_one_instant(bank: InMemoryBank) -> None:
    alice = bank.accounts.open(currency="NPR", owner_id="alice", floor=None).id
    bob = bank.accounts.open(currency="NPR", owner_id="bob", floor=None).id
    later = bank.ledger.deposit(alice, npr("10")).posted_at
    bank.clock.advance(-HOUR)

    *moved, _opened = bank.ledger.execute(
        [Transfer(bob, alice, npr("1")), Deposit(bob, npr("1")), OpenAccount("carol", NPR)]
    )

    assert {posted(outcome).transaction.posted_at for outcome in moved} == {later + MICROSECOND}
    assert {event.stamp.occurred_at for event in bank.events[-3:]} == {later + MICROSECOND}
