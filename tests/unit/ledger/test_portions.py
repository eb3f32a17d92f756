"""A large batch is written in portions, and nobody can tell by its outcomes."""

from typing import Final

import pytest

from bankcore.ledger.batch import PORTION_MIN, PORTIONS_MAX
from bankcore.ledger.chain import MICROSECOND
from bankcore.ledger.command import Command
from bankcore.ledger.commands import Deposit, OpenAccount, Transfer
from bankcore.ledger.outcomes import Outcome, Posted
from bankcore.testing import InMemoryBank, require_sound_books, require_time_order
from tests.worlds.values import NPR, npr, words

THREE: Final = 3 * PORTION_MIN


def instants_of(outcomes: list[Outcome]) -> list[int]:
    """How many microseconds after the first one each was posted."""
    posted = [outcome.transaction.posted_at for outcome in outcomes if isinstance(outcome, Posted)]
    return [(instant - posted[0]) // MICROSECOND for instant in posted]


def test_each_portion_is_posted_a_microsecond_after_the_one_before(bank: InMemoryBank) -> None:
    alice = bank.accounts.open(currency="NPR", owner_id="alice").id

    outcomes = bank.ledger.execute([Deposit(alice, npr("1"))] * THREE)

    assert instants_of(outcomes) == [number // PORTION_MIN for number in range(THREE)]
    assert bank.accounts.balance(alice).balance == npr(f"{THREE}")
    require_sound_books(bank.snapshot())
    require_time_order(bank.snapshot())


@pytest.mark.parametrize("size", [PORTION_MIN, PORTION_MIN * PORTIONS_MAX, PORTION_MIN * PORTIONS_MAX * 2 + 1])
def test_however_large_a_batch_is_it_has_so_many_portions(bank: InMemoryBank, size: int) -> None:
    alice = bank.accounts.open(currency="NPR", owner_id="alice").id

    outcomes = bank.ledger.execute([Deposit(alice, npr("1"))] * size)

    portions = 1 + max(instants_of(outcomes))
    assert len(outcomes) == size
    assert portions == min(PORTIONS_MAX, size // PORTION_MIN)


def test_a_key_is_answered_once_whatever_the_portion_in_which_it_comes_again(bank: InMemoryBank) -> None:
    alice = bank.accounts.open(currency="NPR", owner_id="alice").id
    keyed = Deposit(alice, npr("5"), idempotency_key="key")
    filling: list[Command] = [Deposit(alice, npr("1"))] * PORTION_MIN

    outcomes = bank.ledger.execute([keyed, *filling, keyed, *filling])
    (later,) = bank.ledger.execute([keyed])

    assert words([outcomes[0], outcomes[PORTION_MIN + 1], later]) == ["posted", "again:posted", "again:posted"]
    assert bank.accounts.balance(alice).balance == npr(f"{5 + 2 * PORTION_MIN}")


def test_a_portion_is_decided_on_what_the_ones_before_it_left(bank: InMemoryBank) -> None:
    alice, bob = (bank.accounts.open(currency="NPR", owner_id=owner).id for owner in ("alice", "bob"))
    bank.ledger.deposit(alice, npr(f"{THREE - 1}"))

    outcomes = bank.ledger.execute([Transfer(alice, bob, npr("1"))] * THREE)

    assert words(outcomes) == ["posted"] * (THREE - 1) + ["insufficient_funds"]
    require_sound_books(bank.snapshot())


def test_accounts_are_opened_together_so_that_nobody_waits_in_a_circle(bank: InMemoryBank) -> None:
    alice = bank.accounts.open(currency="NPR", owner_id="alice").id
    deposits: list[Command] = [Deposit(alice, npr("1"))] * PORTION_MIN

    outcomes = bank.ledger.execute(
        [*deposits, OpenAccount("bob", NPR), *deposits, OpenAccount("carol", NPR), *deposits]
    )

    # The first portion was written before there was an account to open, and what follows goes with the accounts.
    assert instants_of(outcomes) == [0] * PORTION_MIN + [1] * 2 * PORTION_MIN
    require_sound_books(bank.snapshot())


def test_an_atomic_batch_is_one_portion_since_its_end_decides_of_its_beginning(bank: InMemoryBank) -> None:
    alice, bob = (bank.accounts.open(currency="NPR", owner_id=owner).id for owner in ("alice", "bob"))
    bank.ledger.deposit(alice, npr(f"{THREE}"))
    transfers = [Transfer(alice, bob, npr("1"))] * THREE

    posted = bank.ledger.execute(transfers, atomic=True)
    refused = bank.ledger.execute([*[Deposit(alice, npr("1"))] * THREE, Transfer(bob, bob, npr("1"))], atomic=True)

    assert set(instants_of(posted)) == {0}
    assert set(words(refused)) == {"batch_rejected", "same_account"}
    assert bank.accounts.balance(alice).balance == npr("0")


def test_a_dry_run_in_portions_leaves_nothing(bank: InMemoryBank) -> None:
    alice = bank.accounts.open(currency="NPR", owner_id="alice").id

    outcomes = bank.ledger.execute([Deposit(alice, npr("1"))] * THREE, dry_run=True)

    assert set(words(outcomes)) == {"posted"}
    assert bank.accounts.balance(alice).balance == npr("0")
