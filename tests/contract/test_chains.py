"""Chains in batches, on each adapter: commands that are carried out together or not at all, beside others."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from bankcore.errors import InvalidRequestError
from bankcore.holds.commands import CaptureHold, PlaceHold, VoidHold
from bankcore.idempotency.answers import Rejected
from bankcore.identifiers import AccountId
from bankcore.ledger.accounts import AccountStatus
from bankcore.ledger.command import Command
from bankcore.ledger.commands import Deposit, FreezeAccount, OpenAccount, Transfer, Withdraw
from bankcore.ledger.events import CommandRejected
from bankcore.ledger.limits import Limit, LimitWindow
from bankcore.ledger.outcomes import accepted_hold
from bankcore.ledger.rejections import ChainRejectedError
from bankcore.ledger.reversals import ReverseTransaction
from bankcore.ledger.transactions import Source
from bankcore.money import Currency
from tests.contract.adapters import LedgerWorld
from tests.contract.held_funds import funds, require_sound
from tests.worlds.values import npr, posted, words

TWO = "chain_rejected"
TOO_MUCH = "insufficient_funds"


@pytest.fixture(autouse=True)
def ten(world: LedgerWorld, alice: AccountId) -> None:
    """Alice has 10.00."""
    world.ledger.deposit(alice, npr("10"))


def test_with_one_command_its_whole_chain_is_refused_and_no_other_one(
    world: LedgerWorld, alice: AccountId, bob: AccountId
) -> None:
    outcomes = world.ledger.execute(
        [
            Transfer(alice, bob, npr("1"), chain="rent"),
            Withdraw(bob, npr("9"), chain="rent"),
            Transfer(alice, bob, npr("1"), chain="rent"),
            Transfer(alice, bob, npr("2")),
            Transfer(alice, bob, npr("3"), chain="food"),
            Withdraw(bob, npr("5"), chain="food"),
        ]
    )

    assert words(outcomes) == [TWO, TOO_MUCH, TWO, "posted", "posted", "posted"]
    assert outcomes[0] == outcomes[2] == Rejected(ChainRejectedError(chain="rent", failed_index=1))
    assert (funds(world, alice)[0], funds(world, bob)[0]) == (npr("5"), npr("0"))
    assert [type(event).__name__ for event in world.events()].count(CommandRejected.__name__) == 1
    require_sound(world)


def test_a_later_command_of_the_batch_sees_nothing_of_a_refused_chain(
    world: LedgerWorld, alice: AccountId, bob: AccountId
) -> None:
    refused: list[Command] = [Transfer(alice, bob, npr("10"), chain="a"), Withdraw(alice, npr("1"), chain="a")]

    outcomes = world.ledger.execute([*refused, Transfer(alice, bob, npr("10"))])

    assert words(outcomes) == [TWO, TOO_MUCH, "posted"]


def _opens(_world: LedgerWorld, _alice: AccountId, _bob: AccountId) -> Command:
    return OpenAccount("alice", Currency.of("JPY"), chain="c")


def _holds(_world: LedgerWorld, alice: AccountId, _bob: AccountId) -> Command:
    return PlaceHold(alice, npr("4"), chain="c")


def _captures(world: LedgerWorld, alice: AccountId, bob: AccountId) -> Command:
    (hold,) = world.ledger.execute([PlaceHold(alice, npr("4"))])
    return CaptureHold(accepted_hold(hold).id, bob, npr("1"), is_final=False, chain="c")


def _voids(world: LedgerWorld, alice: AccountId, _bob: AccountId) -> Command:
    (hold,) = world.ledger.execute([PlaceHold(alice, npr("4"))])
    return VoidHold(accepted_hold(hold).id, chain="c")


def _reverses(world: LedgerWorld, alice: AccountId, bob: AccountId) -> Command:
    transfer = world.ledger.transfer(alice, bob, npr("2"))
    return ReverseTransaction(transfer.id, npr("1"), reason="wrong", chain="c")


def _freezes(_world: LedgerWorld, _alice: AccountId, bob: AccountId) -> Command:
    return FreezeAccount(bob, chain="c")


@pytest.mark.parametrize("make", [_opens, _holds, _captures, _voids, _reverses, _freezes])
def test_whatever_a_refused_chain_did_is_undone_and_can_be_done_again(
    world: LedgerWorld,
    alice: AccountId,
    bob: AccountId,
    make: Callable[[LedgerWorld, AccountId, AccountId], Command],
) -> None:
    command = make(world, alice, bob)
    before = (funds(world, alice), funds(world, bob), world.accounts.owned_by("alice"))

    refused = world.ledger.execute([command, Withdraw(alice, npr("11"), chain="c")])

    assert words(refused) == [TWO, TOO_MUCH]
    assert (funds(world, alice), funds(world, bob), world.accounts.owned_by("alice")) == before
    assert world.queries.get_account(bob).status is AccountStatus.ACTIVE
    done = world.ledger.execute([command, Deposit(alice, npr("1"), chain="c")])
    assert not [outcome for outcome in done if isinstance(outcome, Rejected)]
    require_sound(world)


def test_only_the_key_of_the_command_that_was_refused_is_used_up(
    world: LedgerWorld, alice: AccountId, bob: AccountId
) -> None:
    pay, too_much = (
        Transfer(alice, bob, npr("1"), chain="c", idempotency_key="pay"),
        Withdraw(bob, npr("9"), chain="c", idempotency_key="out"),
    )

    assert words(world.ledger.execute([pay, too_much])) == [TWO, TOO_MUCH]
    assert words(world.ledger.execute([pay, too_much])) == [TWO, f"again:{TOO_MUCH}"]
    assert words(world.ledger.execute([pay])) == ["posted"]
    assert words(world.ledger.execute([pay])) == ["again:posted"]


def test_what_an_earlier_request_has_done_stands_and_is_told(
    world: LedgerWorld, alice: AccountId, bob: AccountId
) -> None:
    by_key = Transfer(alice, bob, npr("1"), idempotency_key="k", chain="c")
    by_source = Transfer(alice, bob, npr("2"), source=Source("bill", "7"), chain="c")
    for command in (by_key, by_source):
        world.ledger.execute_one(command)

    outcomes = world.ledger.execute([by_key, Withdraw(alice, npr("9"), chain="c"), by_source])

    assert words(outcomes) == ["again:posted", TOO_MUCH, "again:posted"]
    assert funds(world, bob)[0] == npr("3")


def test_a_key_or_a_source_that_a_refused_chain_used_is_free_afterwards(
    world: LedgerWorld, alice: AccountId, bob: AccountId
) -> None:
    source = Source("bill", "7")
    pay = Transfer(alice, bob, npr("1"), source=source, chain="c")
    reused = Transfer(alice, bob, npr("2"), idempotency_key="k", chain="d")

    outcomes = world.ledger.execute(
        [
            pay,
            Withdraw(alice, npr("99"), chain="c"),
            Transfer(alice, bob, npr("1"), source=source),
            reused,
            Transfer(alice, bob, npr("3"), idempotency_key="k", chain="d"),
            Transfer(alice, bob, npr("4"), idempotency_key="k"),
        ]
    )

    assert words(outcomes) == [TWO, TOO_MUCH, "posted", TWO, "idempotency_key_reused", "posted"]
    assert posted(outcomes[2]).transaction.source == source
    assert funds(world, bob)[0] == npr("5")


def test_an_atomic_batch_or_a_rehearsal_knows_chains_too(world: LedgerWorld, alice: AccountId, bob: AccountId) -> None:
    commands = [
        Transfer(alice, bob, npr("1"), chain="c"),
        Withdraw(alice, npr("99"), chain="c"),
        Deposit(bob, npr("1")),
    ]

    assert words(world.ledger.execute(commands, atomic=True)) == ["batch_rejected", TOO_MUCH, "batch_rejected"]
    assert words(world.ledger.execute(commands, dry_run=True)) == [TWO, TOO_MUCH, "posted"]
    assert funds(world, bob)[0] == npr("0")


def test_long_chains_stand_in_one_portion(world: LedgerWorld, alice: AccountId, bob: AccountId) -> None:
    commands: list[Command] = [Transfer(alice, bob, npr("0.01"), chain="c") for _ in range(300)]

    outcomes = world.ledger.execute([*commands, Withdraw(alice, npr("99"), chain="c"), Deposit(alice, npr("1"))])

    assert set(words(outcomes[:300])) == {TWO}
    assert words(outcomes[300:]) == [TOO_MUCH, "posted"]
    assert funds(world, alice)[0] == npr("11")


def test_a_chain_that_is_torn_apart_is_refused_before_anything_happens(world: LedgerWorld, alice: AccountId) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        world.ledger.execute(
            [Deposit(alice, npr("1"), chain="c"), Deposit(alice, npr("1")), Deposit(alice, npr("1"), chain="c")]
        )

    assert (caught.value.pointer, caught.value.detail) == (
        "/commands/2/chain",
        "the commands of chain 'c' stand side by side",
    )
    assert funds(world, alice)[0] == npr("10")


def test_a_chain_of_one_call_is_that_command_alone(world: LedgerWorld, alice: AccountId) -> None:
    assert words([world.ledger.execute_one(Deposit(alice, npr("1"), chain="c"))]) == ["posted"]
    assert words([world.ledger.execute_one(Withdraw(alice, npr("99"), chain="c"))]) == [TOO_MUCH]


def test_what_a_refused_chain_used_of_a_limit_is_not_used(world: LedgerWorld, alice: AccountId, bob: AccountId) -> None:
    world.limits.set_for_account(alice, [Limit(per=LimitWindow.DAY, amount=npr("3"))])
    three = Transfer(alice, bob, npr("3"))

    outcomes = world.ledger.execute(
        [replace(three, chain="c"), Withdraw(bob, npr("9"), chain="c"), three, Transfer(alice, bob, npr("0.01"))]
    )

    assert words(outcomes) == [TWO, TOO_MUCH, "posted", "limit_exceeded"]
    require_sound(world)
