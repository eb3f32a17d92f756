"""Batches under one key, on each adapter."""

from typing import Any, Final

import pytest

from bankcore.batches.post_batch import COMMANDS_MAX, BatchRefusedError, CommandBatch
from bankcore.errors import InvalidRequestError, OutcomeUnknownError
from bankcore.events.stamps import CommandRefused
from bankcore.holds.commands import PlaceHold
from bankcore.idempotency.answers import Rejected
from bankcore.idempotency.keys import KEY_LIFETIME, IdempotencyInProgressError, IdempotencyKeyReusedError
from bankcore.identifiers import AccountId
from bankcore.ledger.command import Command
from bankcore.ledger.commands import Deposit, FreezeAccount, OpenAccount, Transfer, Withdraw
from bankcore.ledger.events import CommandRejected, TransactionPosted
from bankcore.ledger.outcomes import Outcome, Posted
from bankcore.ledger.rejections import InsufficientFundsError
from bankcore.money import Currency
from bankcore.testing import Disturbance, InMemoryBank, in_memory_bank
from bankcore.testing.batches import in_memory_batches
from tests.contract.adapters import LedgerWorld
from tests.worlds.values import npr

TEXT: Final[Any] = "transfer"


@pytest.fixture
def commands(alice: AccountId, bob: AccountId) -> list[Command]:
    """A deposit, a transfer that is too dear, and one that is not."""
    return [Deposit(alice, npr("10")), Transfer(alice, bob, npr("11")), Transfer(alice, bob, npr("4"))]


def balance(world: LedgerWorld, account_id: AccountId) -> str:
    return world.accounts.balance(account_id).balance.to_decimal_string()


def without_replay(outcome: Outcome) -> object:
    return outcome.transaction if isinstance(outcome, Posted) else type(outcome)


def test_each_command_has_its_outcome_and_a_refused_one_disturbs_nobody(
    world: LedgerWorld, commands: list[Command], alice: AccountId, bob: AccountId
) -> None:
    answer = world.batches(CommandBatch(commands, idempotency_key="k"))

    assert [type(outcome) for outcome in answer.value] == [Posted, Rejected, Posted]
    assert not answer.replayed
    assert (balance(world, alice), balance(world, bob)) == ("6.00", "4.00")
    assert [type(event) for event in world.events()][-3:] == [TransactionPosted, CommandRejected, TransactionPosted]


def test_the_same_batch_with_its_key_is_answered_and_not_repeated(
    world: LedgerWorld, commands: list[Command], alice: AccountId
) -> None:
    extra: list[Command] = [
        OpenAccount("carol", Currency.of("NPR")),
        PlaceHold(alice, npr("1")),
        FreezeAccount(alice),
        Withdraw(alice, npr("1")),
    ]
    batch = CommandBatch([*commands, *extra], idempotency_key="k")
    first = world.batches(batch)

    again = world.batches(batch)

    assert again.replayed
    assert [outcome.replayed for outcome in again.value] == [True] * len(batch.commands)
    assert list(map(without_replay, again.value)) == list(map(without_replay, first.value))
    assert balance(world, alice) == "6.00"


@pytest.mark.parametrize("change", ["more", "fewer", "other order", "atomic"])
def test_the_key_of_another_batch_changes_nothing(
    world: LedgerWorld, commands: list[Command], alice: AccountId, change: str
) -> None:
    world.batches(CommandBatch(commands, idempotency_key="k"))
    other = {
        "more": CommandBatch([*commands, commands[0]], idempotency_key="k"),
        "fewer": CommandBatch(commands[:2], idempotency_key="k"),
        "other order": CommandBatch(commands[::-1], idempotency_key="k"),
        "atomic": CommandBatch(commands, is_atomic=True, idempotency_key="k"),
    }[change]

    with pytest.raises(IdempotencyKeyReusedError):
        world.batches(other)

    assert balance(world, alice) == "6.00"


def test_of_an_atomic_batch_with_a_refused_command_nothing_is_made_and_the_refusal_is_kept(
    world: LedgerWorld, commands: list[Command], alice: AccountId
) -> None:
    batch = CommandBatch(commands, is_atomic=True, idempotency_key="k")

    for is_replay in (False, True):
        with pytest.raises(BatchRefusedError) as refused:
            world.batches(batch)
        assert (refused.value.failed_index, refused.value.failed_code) == (1, InsufficientFundsError.code)
        assert "available=10.00 NPR" in refused.value.failed_because
        assert refused.value.replayed == is_replay
        world.ledger.deposit(alice, npr("100"))

    assert balance(world, alice) == "200.00"


def test_an_atomic_batch_that_can_be_made_is_made(world: LedgerWorld, alice: AccountId, bob: AccountId) -> None:
    batch = CommandBatch([Deposit(alice, npr("1")), Transfer(alice, bob, npr("1"))], is_atomic=True)

    answer = world.batches(batch)

    assert all(isinstance(outcome, Posted) for outcome in answer.value)
    assert (balance(world, alice), balance(world, bob)) == ("0.00", "1.00")


def test_a_key_that_is_in_use_is_refused_and_the_refusal_is_recorded(
    world: LedgerWorld, commands: list[Command], alice: AccountId
) -> None:
    with world.hold_key("k"), pytest.raises(IdempotencyInProgressError):
        world.batches(CommandBatch(commands, idempotency_key="k"))

    assert balance(world, alice) == "0.00"


def test_an_expired_key_is_a_new_one(world: LedgerWorld, alice: AccountId) -> None:
    batch = CommandBatch([Deposit(alice, npr("1"))], idempotency_key="k")
    world.batches(batch)
    world.let_keys_age(KEY_LIFETIME)

    world.batches(batch)

    assert balance(world, alice) == "2.00"


@pytest.mark.parametrize("is_atomic", [False, True])
def test_what_would_happen_is_told_and_does_not_happen(world: LedgerWorld, alice: AccountId, is_atomic: bool) -> None:  # noqa: FBT001
    batch = CommandBatch([Deposit(alice, npr("1"))], is_atomic=is_atomic, idempotency_key="k")

    told = world.batches.rehearse(batch)
    made = world.batches(batch)

    assert [type(outcome) for outcome in told.value] == [Posted]
    assert not made.replayed
    assert balance(world, alice) == "1.00"


def test_an_atomic_rehearsal_tells_why_it_would_be_refused(world: LedgerWorld, commands: list[Command]) -> None:
    with pytest.raises(BatchRefusedError):
        world.batches.rehearse(CommandBatch(commands, is_atomic=True))


@pytest.mark.parametrize(
    ("made", "pointer"),
    [
        (lambda _one: CommandBatch([]), "/items"),
        (lambda one: CommandBatch([one] * (COMMANDS_MAX + 1)), "/items"),
        (lambda one: CommandBatch([one, TEXT]), "/items/1"),
        (CommandBatch, "/items"),
        (lambda one: CommandBatch([Deposit(one.account_id, npr("1"), idempotency_key="own")]), "/items/0"),
    ],
    ids=["empty", "too many", "no command", "no list", "key of its own"],
)
def test_what_is_no_batch_is_refused(alice: AccountId, made: object, pointer: str) -> None:
    assert callable(made)

    with pytest.raises(InvalidRequestError) as refused:
        made(Deposit(alice, npr("1")))

    assert refused.value.pointer == pointer


@pytest.fixture
def memory() -> InMemoryBank:
    return in_memory_bank()


def test_a_key_refused_for_the_batch_leaves_a_record(memory: InMemoryBank) -> None:
    alice = memory.accounts.open(currency="NPR", owner_id="alice").id
    batches = in_memory_batches(memory)
    batches(CommandBatch([Deposit(alice, npr("1"))], idempotency_key="k"))

    with pytest.raises(IdempotencyKeyReusedError):
        batches(CommandBatch([Deposit(alice, npr("2"))], idempotency_key="k"))

    assert isinstance(memory.events[-1], CommandRefused)


def test_a_batch_whose_commit_was_not_heard_of_is_made_once_if_it_has_a_key(memory: InMemoryBank) -> None:
    alice = memory.accounts.open(currency="NPR", owner_id="alice").id
    batches = in_memory_batches(memory)
    memory.units.disturb_next(Disturbance.LOST_COMMIT)

    answer = batches(CommandBatch([Deposit(alice, npr("1"))], idempotency_key="k"))

    assert answer.replayed
    assert memory.accounts.balance(alice).balance == npr("1")
    memory.units.disturb_next(Disturbance.LOST_COMMIT)
    with pytest.raises(OutcomeUnknownError):
        batches(CommandBatch([Deposit(alice, npr("1"))]))
