"""Accounts are frozen and unfrozen like everything else changes: locked, decided, recorded, answered once."""

from uuid import UUID

import pytest

from bankcore.errors import ForbiddenError, InvalidRequestError, InvalidStateError, NotFoundError
from bankcore.idempotency.answers import Rejected
from bankcore.identifiers import AccountId
from bankcore.ledger.accounts import AccountStatus
from bankcore.ledger.commands import Deposit, FreezeAccount, OpenAccount, Transfer, UnfreezeAccount
from bankcore.ledger.events import AccountStatusChanged
from bankcore.ledger.outcomes import Changed
from bankcore.ledger.rejections import AccountClosedError
from bankcore.origin import Origin
from tests.contract.adapters import LedgerWorld
from tests.worlds.values import NPR, npr, words

NOBODY = AccountId(UUID("019c1406-3400-7000-8000-000000000bad"))


def test_a_frozen_account_takes_part_in_nothing_until_it_is_unfrozen(
    world: LedgerWorld, alice: AccountId, bob: AccountId
) -> None:
    world.ledger.deposit(alice, npr("10"))

    world.ledger.freeze(alice, reason="a stolen phone")
    refused = world.ledger.execute([Deposit(alice, npr("1")), Transfer(alice, bob, npr("1"))])
    frozen = world.queries.get_account(alice)
    world.ledger.unfreeze(alice)
    posted = world.ledger.execute([Transfer(alice, bob, npr("1"))])

    assert words([*refused, *posted]) == ["account_frozen", "account_frozen", "posted"]
    assert (frozen.status, frozen.balance, frozen.version) == (AccountStatus.FROZEN, npr("10"), 1)
    assert world.queries.get_account(alice).status is AccountStatus.ACTIVE


def test_an_account_without_entries_is_frozen_too(world: LedgerWorld, alice: AccountId) -> None:
    world.ledger.freeze(alice)

    assert world.queries.get_account(alice).status is AccountStatus.FROZEN


def test_a_batch_decides_each_command_on_what_those_before_it_left(world: LedgerWorld, alice: AccountId) -> None:
    new = AccountId(UUID("019c1406-3400-7000-8000-0000000000aa"))

    outcomes = world.ledger.execute(
        [
            Deposit(alice, npr("1")),
            FreezeAccount(alice),
            Deposit(alice, npr("1")),
            UnfreezeAccount(alice),
            Deposit(alice, npr("1")),
            OpenAccount("carol", NPR, account_id=new),
            FreezeAccount(new),
        ]
    )

    assert words(outcomes) == ["posted", "frozen", "account_frozen", "active", "posted", "opened", "frozen"]
    assert world.queries.get_account(alice).balance == npr("2")
    assert world.queries.get_account(new).status is AccountStatus.FROZEN


def test_an_atomic_batch_that_fails_freezes_nothing(world: LedgerWorld, alice: AccountId) -> None:
    outcomes = world.ledger.execute([FreezeAccount(alice), Deposit(alice, npr("1"))], atomic=True)

    assert words(outcomes) == ["batch_rejected", "account_frozen"]
    assert world.queries.get_account(alice).status is AccountStatus.ACTIVE


def test_what_is_in_that_state_already_or_for_ever_is_refused(
    world: LedgerWorld, alice: AccountId, bob: AccountId
) -> None:
    world.ledger.freeze(alice)
    world.change_status(bob, AccountStatus.CLOSED)

    outcomes = world.ledger.execute(
        [FreezeAccount(alice), FreezeAccount(bob), UnfreezeAccount(bob), FreezeAccount(NOBODY)]
    )

    assert outcomes == [
        Rejected(InvalidStateError(resource="account", identifier=str(alice), state="frozen")),
        Rejected(AccountClosedError(account_id=bob)),
        Rejected(AccountClosedError(account_id=bob)),
        Rejected(NotFoundError(resource="account", identifier=str(NOBODY))),
    ]
    with pytest.raises(InvalidStateError):
        world.ledger.freeze(alice)


def test_a_holder_changes_no_status_not_even_of_his_own_account(world: LedgerWorld, alice: AccountId) -> None:
    outcomes = world.ledger.execute([FreezeAccount(alice), UnfreezeAccount(alice)], origin=Origin(owner_id="alice"))

    assert outcomes == [Rejected(ForbiddenError())] * 2
    assert world.queries.get_account(alice).status is AccountStatus.ACTIVE


def test_the_answer_to_a_key_is_given_again_whatever_became_of_the_account(
    world: LedgerWorld, alice: AccountId
) -> None:
    freeze = FreezeAccount(alice, idempotency_key="freeze-1", reason="a call")
    first = world.ledger.execute([freeze, freeze])
    world.ledger.unfreeze(alice)

    again = world.ledger.execute([freeze])

    assert first == [Changed(alice, AccountStatus.FROZEN), Changed(alice, AccountStatus.FROZEN, replayed=True)]
    assert again == [Changed(alice, AccountStatus.FROZEN, replayed=True)]
    assert words(world.ledger.execute([UnfreezeAccount(alice, idempotency_key="freeze-1")])) == [
        "idempotency_key_reused"
    ]
    assert world.queries.get_account(alice).status is AccountStatus.ACTIVE


def test_a_change_is_an_event_with_before_and_after(world: LedgerWorld, alice: AccountId) -> None:
    operator = Origin(actor_type="user", actor_id="operator-7")

    world.ledger.freeze(alice, reason="a stolen phone", origin=operator)

    event = world.events()[-1]
    assert isinstance(event, AccountStatusChanged)
    assert event.stamp.origin == operator
    effect = event.effect
    assert (effect.account_id, effect.was, effect.status) == (alice, AccountStatus.ACTIVE, AccountStatus.FROZEN)
    assert (effect.sequence, effect.balance_minor, effect.held_minor) == (0, 0, 0)
    assert event.reason == "a stolen phone"


def test_a_reason_is_a_text_that_can_be_stored() -> None:
    with pytest.raises(InvalidRequestError):
        FreezeAccount(NOBODY, reason="")
