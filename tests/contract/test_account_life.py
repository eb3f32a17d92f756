"""Accounts are frozen in one direction or both, rest, are woken, and are closed once, when nothing is on them."""

from datetime import timedelta
from uuid import UUID

import pytest

from bankcore.errors import InvalidRequestError, InvalidStateError
from bankcore.holds.commands import PlaceHold
from bankcore.idempotency.answers import Rejected
from bankcore.identifiers import AccountId
from bankcore.ledger.accounts import AccountKind, AccountStatus, FreezeDirection, settlement_account_id
from bankcore.ledger.commands import (
    CloseAccount,
    Deposit,
    FreezeAccount,
    MakeDormant,
    OpenAccount,
    Transfer,
    UnfreezeAccount,
    WakeAccount,
    Withdraw,
)
from bankcore.ledger.events import AccountStatusChanged, TransactionPosted
from bankcore.ledger.holds import Hold
from bankcore.ledger.rejections import AccountClosedError, AccountFrozenError, AccountNotEmptyError
from bankcore.origin import Origin
from tests.contract.adapters import LedgerWorld
from tests.contract.held_funds import require_sound
from tests.worlds.values import NPR, npr, words


@pytest.mark.parametrize(
    ("directions", "status", "expected"),
    [
        (
            FreezeDirection.DEBITS,
            "debits_frozen",
            ["posted", "account_frozen", "posted", "account_frozen", "account_frozen"],
        ),
        (
            FreezeDirection.CREDITS,
            "credits_frozen",
            ["account_frozen", "posted", "account_frozen", "posted", "hold open"],
        ),
        (FreezeDirection.BOTH, "frozen", ["account_frozen"] * 5),
    ],
)
def test_a_freeze_keeps_one_direction_from_the_account_or_both(
    world: LedgerWorld, alice: AccountId, bob: AccountId, directions: FreezeDirection, status: str, expected: list[str]
) -> None:
    world.ledger.deposit(alice, npr("10"))

    world.ledger.freeze(alice, directions=directions)
    outcomes = world.ledger.execute(
        [
            Deposit(alice, npr("1")),
            Withdraw(alice, npr("1")),
            Transfer(bob, alice, npr("1")),
            Transfer(alice, bob, npr("1")),
            PlaceHold(alice, npr("1")),
        ]
    )

    assert words(outcomes) == expected
    refusals = {each.reason for each in outcomes if isinstance(each, Rejected)}
    assert refusals == {AccountFrozenError(account_id=alice, direction=directions)}
    assert world.queries.get_account(alice).status == status
    require_sound(world)


def test_what_one_person_keeps_from_an_account_another_ones_freeze_does_not_let_pass(
    world: LedgerWorld, alice: AccountId
) -> None:
    outcomes = world.ledger.execute(
        [
            FreezeAccount(alice, directions=FreezeDirection.DEBITS),
            FreezeAccount(alice, directions=FreezeDirection.DEBITS),
            UnfreezeAccount(alice, directions=FreezeDirection.CREDITS),
            FreezeAccount(alice, directions=FreezeDirection.CREDITS),
            UnfreezeAccount(alice, directions=FreezeDirection.DEBITS),
            FreezeAccount(alice),
            UnfreezeAccount(alice),
            UnfreezeAccount(alice),
        ]
    )

    assert words(outcomes) == [
        *("debits_frozen", "invalid_state", "invalid_state", "frozen", "credits_frozen", "frozen", "active"),
        "invalid_state",
    ]


def test_the_record_of_an_entry_says_how_an_account_stands_that_is_not_active(
    world: LedgerWorld, alice: AccountId
) -> None:
    world.ledger.execute([FreezeAccount(alice, directions=FreezeDirection.DEBITS), Deposit(alice, npr("2"))])

    event = world.events()[-1]
    assert isinstance(event, TransactionPosted)
    statuses = {effect.account_id: effect.status for effect in event.effects}
    assert statuses[alice] is AccountStatus.DEBITS_FROZEN
    assert sorted(statuses.values()) == ["active", "debits_frozen"]


def test_a_dormant_account_is_credited_and_not_debited_until_it_is_woken(
    world: LedgerWorld, alice: AccountId, bob: AccountId
) -> None:
    world.ledger.deposit(alice, npr("10"))
    staff = Origin(actor_type="user", actor_id="operator-7")

    world.ledger.make_dormant(alice, reason="two years of silence", origin=staff)
    asleep = world.ledger.execute(
        [Transfer(alice, bob, npr("1")), PlaceHold(alice, npr("1")), Deposit(alice, npr("1"))]
    )
    resting = world.queries.get_account(alice)
    world.ledger.wake(alice, reason="came with a passport", origin=staff)
    awake = world.ledger.execute([Transfer(alice, bob, npr("1"))])

    assert words([*asleep, *awake]) == ["account_dormant", "account_dormant", "posted", "posted"]
    assert (resting.status, resting.balance) == (AccountStatus.DORMANT, npr("11"))
    changes = [each for each in world.events() if isinstance(each, AccountStatusChanged)]
    assert [(each.effect.was, each.effect.status, each.reason) for each in changes] == [
        ("active", "dormant", "two years of silence"),
        ("dormant", "active", "came with a passport"),
    ]
    assert {each.stamp.origin for each in changes} == {staff}


def test_a_freeze_of_a_dormant_account_lets_nothing_pass_that_was_refused(world: LedgerWorld, alice: AccountId) -> None:
    outcomes = world.ledger.execute(
        [
            MakeDormant(alice),
            MakeDormant(alice),
            UnfreezeAccount(alice),
            FreezeAccount(alice, directions=FreezeDirection.CREDITS),
            MakeDormant(alice),
            WakeAccount(alice),
            CloseAccount(alice),
            UnfreezeAccount(alice),
            WakeAccount(alice),
        ]
    )

    assert words(outcomes) == [
        *("dormant", "invalid_state", "invalid_state", "frozen", "invalid_state", "invalid_state", "invalid_state"),
        *("active", "invalid_state"),
    ]


def test_an_account_is_closed_when_nothing_is_on_it_and_for_ever(world: LedgerWorld, alice: AccountId) -> None:
    world.ledger.deposit(alice, npr("10"))
    full = world.ledger.execute_one(CloseAccount(alice))
    world.ledger.withdraw(alice, npr("10"))

    world.ledger.close(alice, reason="asked for it", idempotency_key="bye")
    again = world.ledger.execute([CloseAccount(alice, reason="asked for it", idempotency_key="bye")])
    others = world.ledger.execute(
        [Deposit(alice, npr("1")), CloseAccount(alice), UnfreezeAccount(alice), WakeAccount(alice), MakeDormant(alice)]
    )

    assert full == Rejected(AccountNotEmptyError(account_id=alice, balance=npr("10"), held=npr("0"), hold_id=None))
    assert words(again) == ["again:closed"]
    assert {each.reason for each in others if isinstance(each, Rejected)} == {AccountClosedError(account_id=alice)}
    assert world.queries.get_account(alice).status is AccountStatus.CLOSED


def test_who_cannot_close_an_account_is_told_of_the_hold_that_expires_next(
    world: LedgerWorld, alice: AccountId, hold: Hold
) -> None:
    sooner = world.holds.place(alice, npr("1"), lifetime=timedelta(hours=1))

    refused = world.ledger.execute([CloseAccount(alice), Withdraw(alice, npr("3")), CloseAccount(alice)])

    assert [each.reason for each in refused if isinstance(each, Rejected)] == [
        AccountNotEmptyError(account_id=alice, balance=npr("10"), held=npr("7"), hold_id=sooner.id),
        AccountNotEmptyError(account_id=alice, balance=npr("7"), held=npr("7"), hold_id=sooner.id),
    ]
    world.ledger.execute([*(Withdraw(alice, npr("7")),)])
    world.holds.void(sooner.id)
    world.holds.void(hold.id)
    assert words(world.ledger.execute([Withdraw(alice, npr("7")), CloseAccount(alice)])) == ["posted", "closed"]


def test_a_hold_whose_time_is_over_does_not_keep_an_account_open(world: LedgerWorld, alice: AccountId) -> None:
    world.ledger.execute([Deposit(alice, npr("1")), PlaceHold(alice, npr("1"), lifetime=timedelta(microseconds=1))])

    outcomes = world.ledger.execute([Withdraw(alice, npr("1")), CloseAccount(alice)])

    assert words(outcomes) == ["posted", "closed"]


def test_accounts_without_which_a_currency_would_be_lost_are_not_closed(world: LedgerWorld, alice: AccountId) -> None:
    ours = settlement_account_id(world.queries.get_account(alice).tenant_id, NPR)
    fees = world.accounts.open(currency="NPR", owner_id="bank", kind=AccountKind.FEE).id

    outcomes = world.ledger.execute([CloseAccount(ours), MakeDormant(fees), CloseAccount(fees)])

    assert outcomes[:2] == [
        Rejected(InvalidStateError(resource="account", identifier=str(ours), state="settlement")),
        Rejected(InvalidStateError(resource="account", identifier=str(fees), state="fee")),
    ]
    assert words(outcomes[2:]) == ["closed"]


def test_an_account_is_opened_and_closed_in_one_batch(world: LedgerWorld, alice: AccountId, bob: AccountId) -> None:
    new = AccountId(UUID(int=alice.int + 1))

    outcomes = world.ledger.execute(
        [OpenAccount("carol", NPR, account_id=new), CloseAccount(new), Transfer(bob, new, npr("1"))]
    )

    assert words(outcomes) == ["opened", "closed", "account_closed"]


def test_a_holder_neither_closes_nor_wakes_his_account(world: LedgerWorld, alice: AccountId) -> None:
    world.ledger.make_dormant(alice)

    outcomes = world.ledger.execute([WakeAccount(alice), CloseAccount(alice)], origin=Origin(owner_id="alice"))

    assert words(outcomes) == ["forbidden", "forbidden"]


def test_what_is_no_direction_is_told(alice: AccountId) -> None:
    with pytest.raises(InvalidRequestError):
        FreezeAccount(alice, directions="debits")  # type: ignore[arg-type] # what a caller without a type checker does
