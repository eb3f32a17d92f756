"""Holds meet batches, keys, sources and readers as every command does, and each phase is told."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from bankcore.errors import InvalidRequestError, NotFoundError
from bankcore.holds.commands import CaptureHold, ExtendHold, PlaceHold, VoidHold
from bankcore.idempotency.answers import Rejected
from bankcore.identifiers import AccountId, HoldId
from bankcore.ledger.accounts import AccountStatus
from bankcore.ledger.command import Command
from bankcore.ledger.commands import Transfer, Withdraw
from bankcore.ledger.events import (
    CommandRejected,
    HoldCaptured,
    HoldChanged,
    HoldExpired,
    HoldPlaced,
    HoldVoided,
    TransactionPosted,
)
from bankcore.ledger.holds import LET_GO_MAX, LIFETIME_MAX, Hold
from bankcore.ledger.outcomes import Held
from bankcore.ledger.rejections import (
    SourceReusedError,
)
from bankcore.ledger.transactions import Source
from bankcore.origin import Origin
from tests.contract.adapters import LedgerWorld
from tests.contract.held_funds import funds, require_sound
from tests.worlds.values import npr, posted, words

UNKNOWN = HoldId(UUID("019c1406-3400-7000-8000-000000000bad"))
BY_ALICE, BY_BOB = Origin(owner_id="alice"), Origin(owner_id="bob")
AT_ONCE = timedelta(microseconds=1)


def test_a_frozen_account_takes_no_part_and_gets_its_own_back(
    world: LedgerWorld, alice: AccountId, bob: AccountId, hold: Hold
) -> None:
    world.ledger.freeze(alice)

    outcomes = world.ledger.execute([PlaceHold(alice, npr("1")), CaptureHold(hold.id, bob), VoidHold(hold.id)])

    assert words(outcomes) == ["account_frozen", "account_frozen", "hold voided"]
    assert funds(world, alice) == (npr("10"), npr("0"), npr("10"))
    assert world.queries.get_account(alice).status is AccountStatus.FROZEN


def test_a_capture_to_the_same_or_to_no_account_takes_nothing(world: LedgerWorld, alice: AccountId, hold: Hold) -> None:
    nobody = AccountId(UNKNOWN)

    outcomes = world.ledger.execute([CaptureHold(hold.id, alice), CaptureHold(hold.id, nobody)])

    assert words(outcomes) == ["same_account", "not_found"]
    assert world.holds.get(hold.id) == hold


def test_a_batch_decides_each_on_what_those_before_it_left(
    world: LedgerWorld, alice: AccountId, bob: AccountId, hold: Hold
) -> None:
    outcomes = world.ledger.execute(
        [
            CaptureHold(hold.id, bob, npr("1"), is_final=False),
            PlaceHold(alice, npr("4")),
            Transfer(alice, bob, npr("0.01")),
            CaptureHold(hold.id, bob, npr("1")),
            Transfer(alice, bob, npr("4")),
            VoidHold(hold.id),
        ]
    )

    assert words(outcomes) == [
        *("posted", "hold open", "insufficient_funds"),
        *("posted", "posted", "invalid_state"),
    ]
    assert funds(world, alice) == (npr("4"), npr("4"), npr("0"))
    require_sound(world)


def test_an_atomic_batch_that_fails_changes_no_hold(
    world: LedgerWorld, alice: AccountId, bob: AccountId, hold: Hold
) -> None:
    outcomes = world.ledger.execute(
        [CaptureHold(hold.id, bob), PlaceHold(alice, npr("1")), VoidHold(hold.id)], atomic=True
    )

    assert words(outcomes) == ["batch_rejected", "batch_rejected", "invalid_state"]
    assert world.holds.get(hold.id) == hold
    assert funds(world, alice) == (npr("10"), npr("6"), npr("4"))


def test_a_dry_run_tells_what_would_become_of_a_hold(world: LedgerWorld, bob: AccountId, hold: Hold) -> None:
    outcomes = world.ledger.execute([CaptureHold(hold.id, bob)], dry_run=True)

    assert words(outcomes) == ["posted"]
    assert world.holds.get(hold.id) == hold


def test_commands_with_a_key_are_answered_once(world: LedgerWorld, alice: AccountId, bob: AccountId) -> None:
    world.ledger.deposit(alice, npr("10"))
    place = PlaceHold(alice, npr("6"), idempotency_key="place")
    first, again = world.ledger.execute_one(place), world.ledger.execute_one(place)
    assert isinstance(first, Held)
    assert again == Held(first.hold, replayed=True)
    extend = ExtendHold(first.hold.id, lifetime=timedelta(days=9), idempotency_key="extend")
    capture = CaptureHold(first.hold.id, bob, npr("1"), is_final=False, idempotency_key="capture")
    void = VoidHold(first.hold.id, idempotency_key="void")

    outcomes = [world.ledger.execute_one(command) for command in (extend, extend, capture, capture, void, void)]

    assert words(outcomes) == [
        *("hold open", "again:hold open", "posted", "again:posted"),
        *("hold voided", "again:hold voided"),
    ]
    assert funds(world, alice) == (npr("9"), npr("0"), npr("9"))
    reused = CaptureHold(first.hold.id, bob, npr("1"), is_final=True, idempotency_key="capture")
    assert words([world.ledger.execute_one(reused)]) == ["idempotency_key_reused"]


def test_a_source_captures_once_whatever_remains(
    world: LedgerWorld, alice: AccountId, bob: AccountId, hold: Hold
) -> None:
    source = Source("payout", "1")
    capture = CaptureHold(hold.id, bob, source=source)

    first, again = world.ledger.execute_one(capture), world.ledger.execute_one(capture)
    others = world.ledger.execute(
        [CaptureHold(hold.id, bob, npr("1"), source=source), CaptureHold(UNKNOWN, bob, source=source)]
    )

    assert words([first, again]) == ["posted", "again:posted"]
    assert posted(first).transaction == posted(again).transaction
    assert others == [Rejected(SourceReusedError(source_type="payout", source_id="1"))] * 2
    assert funds(world, alice) == (npr("4"), npr("0"), npr("4"))


def test_each_phase_is_an_event_that_names_the_hold(
    world: LedgerWorld, alice: AccountId, bob: AccountId, hold: Hold
) -> None:
    transaction = world.holds.capture(hold.id, bob, npr("1"), is_final=False)
    world.holds.extend(hold.id, lifetime=timedelta(days=9))
    world.holds.void(hold.id, reason="sold out")

    phases = [event for event in world.events() if isinstance(event, HoldChanged)]
    assert [event.action.name for event in phases] == ["hold.placed", "hold.captured", "hold.extended", "hold.voided"]
    assert {event.hold.id for event in phases} == {hold.id}
    assert [event.hold.version for event in phases] == [1, 2, 3, 4]
    assert [event.effect.set_aside_minor for event in phases] == [600, -100, 0, -500]
    assert [event.effect.held_minor for event in phases] == [600, 500, 500, 0]
    assert {event.effect.account_id for event in phases} == {alice}
    placed, captured, _extended, voided = phases
    assert isinstance(placed, HoldPlaced)
    assert isinstance(captured, HoldCaptured)
    assert captured.transaction_id == transaction.id
    assert isinstance(voided, HoldVoided)
    assert voided.reason == "sold out"
    (posted_event,) = [
        event for event in world.events() if isinstance(event, TransactionPosted) and event.transaction == transaction
    ]
    assert posted_event.held_minor == {alice: 500}
    assert captured.stamp.id < posted_event.stamp.id


def test_records_of_an_account_are_dated_in_their_order(
    world: LedgerWorld, alice: AccountId, bob: AccountId, hold: Hold
) -> None:
    world.ledger.transfer(alice, bob, npr("1"))
    world.holds.void(hold.id)
    world.ledger.transfer(alice, bob, npr("1"))

    instants = [event.stamp.occurred_at for event in world.events()][-4:]

    assert instants == sorted(instants)
    assert len(set(instants)) == 4


def test_a_refusal_says_what_was_asked(world: LedgerWorld, bob: AccountId, hold: Hold) -> None:
    world.ledger.execute([CaptureHold(hold.id, bob, npr("100")), VoidHold(UNKNOWN)])

    refused = [event for event in world.events() if isinstance(event, CommandRejected)]

    assert [(event.kind, event.reason.code) for event in refused] == [
        ("capture_hold", "capture_exceeds_hold"),
        ("void_hold", "not_found"),
    ]


def test_holds_are_listed_for_those_who_may_see_them(
    world: LedgerWorld, alice: AccountId, bob: AccountId, hold: Hold
) -> None:
    of_bob = world.holds.place(bob, npr("1"))
    queries = world.hold_queries

    assert queries.list_holds(limit=10) == [hold, of_bob]
    assert queries.list_holds(owner_id="bob", limit=10) == [of_bob]
    assert queries.list_holds(owner_id="bob", account_id=alice, limit=10) == []
    assert queries.list_holds(after=hold.id, limit=10) == [of_bob]
    assert queries.list_holds(limit=1) == [hold]
    assert queries.get_hold(hold.id, owner_id="alice") == hold
    with pytest.raises(NotFoundError):
        queries.get_hold(hold.id, owner_id="bob")
    with pytest.raises(NotFoundError):
        queries.list_open(alice, owner_id="bob", limit=1)
    with pytest.raises(NotFoundError):
        world.holds.list_open(AccountId(UNKNOWN))
    assert world.holds.list_open(alice).holds == [hold]
    assert world.holds.list_open(alice, after=hold.id).holds == []


@pytest.mark.parametrize(
    ("command", "arguments"),
    [
        (PlaceHold, {"amount": npr("0")}),
        (PlaceHold, {"lifetime": timedelta(0)}),
        (PlaceHold, {"lifetime": LIFETIME_MAX + AT_ONCE}),
        (PlaceHold, {"lifetime": 7}),
        (PlaceHold, {"lifetime": AT_ONCE, "expires_at": datetime(2030, 1, 1, tzinfo=UTC)}),
        (PlaceHold, {"expires_at": datetime(2030, 1, 1)}),  # noqa: DTZ001 - what is refused
        (PlaceHold, {"reference": ""}),
        (CaptureHold, {"amount": npr("-1")}),
        (CaptureHold, {"is_final": 1}),
        (VoidHold, {"reason": ""}),
        (VoidHold, {"hold_id": "h"}),
        (ExtendHold, {}),
    ],
)
def test_what_no_hold_can_be_is_refused_with_a_sentence(command: type[Command], arguments: dict[str, Any]) -> None:
    account_id = AccountId(UNKNOWN)
    needed: dict[type[Command], dict[str, Any]] = {
        PlaceHold: {"account_id": account_id, "amount": npr("1")},
        CaptureHold: {"hold_id": UNKNOWN, "to_account_id": account_id},
    }

    with pytest.raises(InvalidRequestError):
        command(**{**needed.get(command, {"hold_id": UNKNOWN}), **arguments})


def test_so_many_that_expire_at_once_are_let_go_in_turns_and_count_for_nothing(
    world: LedgerWorld, alice: AccountId
) -> None:
    world.ledger.deposit(alice, npr("20"))
    place = PlaceHold(alice, npr("0.01"), lifetime=AT_ONCE)
    kept = world.holds.place(alice, npr("1"))
    assert set(words(world.ledger.execute([place] * (LET_GO_MAX + 5)))) == {"hold open"}
    assert funds(world, alice) == (npr("20"), npr("1"), npr("19"))

    for times in (LET_GO_MAX, LET_GO_MAX + 5):
        world.ledger.deposit(alice, npr("1"))
        assert len([event for event in world.events() if isinstance(event, HoldExpired)]) == times

    assert funds(world, alice) == (npr("22"), npr("1"), npr("21"))
    assert world.holds.list_open(alice).holds == [kept]
    assert words(world.ledger.execute([Withdraw(alice, npr("21"))])) == ["posted"]
