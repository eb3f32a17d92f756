"""Holds set funds aside, and what is set aside is captured, given back or let go exactly once."""

from datetime import timedelta
from uuid import UUID

from bankcore.errors import ForbiddenError, InvalidStateError, NotFoundError
from bankcore.holds.commands import CaptureHold, ExtendHold, PlaceHold, VoidHold
from bankcore.idempotency.answers import Rejected
from bankcore.identifiers import AccountId, HoldId
from bankcore.ledger.accounts import AccountKind
from bankcore.ledger.commands import Transfer, Withdraw
from bankcore.ledger.events import (
    HoldExpired,
)
from bankcore.ledger.holds import LIFETIME, LIFETIME_MAX, Hold, HoldStatus
from bankcore.ledger.rejections import (
    CaptureExceedsHoldError,
    ExpiryOutOfRangeError,
    InsufficientFundsError,
)
from bankcore.money import MINOR_MAX, AmountOutOfRangeError, CurrencyMismatchError, Money
from bankcore.origin import Origin
from tests.contract.adapters import LedgerWorld
from tests.contract.held_funds import funds, require_sound
from tests.worlds.values import npr, words

UNKNOWN = HoldId(UUID("019c1406-3400-7000-8000-000000000bad"))
BY_ALICE, BY_BOB = Origin(owner_id="alice"), Origin(owner_id="bob")
AT_ONCE = timedelta(microseconds=1)


def test_a_hold_keeps_funds_from_being_spent_and_moves_nothing(
    world: LedgerWorld, alice: AccountId, hold: Hold
) -> None:
    refused = world.ledger.execute([Withdraw(alice, npr("4.01")), PlaceHold(alice, npr("4.01"))])
    spent = world.ledger.execute([Withdraw(alice, npr("4"))])

    assert words([*refused, *spent]) == ["insufficient_funds", "insufficient_funds", "posted"]
    assert funds(world, alice) == (npr("6"), npr("6"), npr("0"))
    assert world.holds.get(hold.id) == hold
    assert (hold.amount, hold.captured, hold.remaining, hold.status) == (npr("6"), npr("0"), npr("6"), "open")
    assert (hold.reference, hold.by_holder, hold.version) == ("order 7", False, 1)
    assert hold.placed_at <= hold.expires_at <= hold.placed_at + LIFETIME
    require_sound(world)


def test_an_overdraft_may_be_held_too(world: LedgerWorld, bob: AccountId) -> None:
    outcomes = world.ledger.execute([PlaceHold(bob, npr("5")), PlaceHold(bob, npr("0.01"))])

    assert words(outcomes) == ["hold open", "insufficient_funds"]
    assert isinstance(refused := outcomes[1], Rejected)
    assert isinstance(refused.reason, InsufficientFundsError)
    assert (refused.reason.available, refused.reason.needed) == (npr("-5"), npr("0.01"))


def test_it_is_captured_in_parts_until_nothing_remains(
    world: LedgerWorld, alice: AccountId, bob: AccountId, hold: Hold
) -> None:
    first = world.holds.capture(hold.id, bob, npr("1"), is_final=False)
    second = world.holds.capture(hold.id, bob, npr("5"), is_final=False, reference="the rest")

    assert (first.kind, first.amount, second.amount, second.reference) == ("capture", npr("1"), npr("5"), "the rest")
    assert funds(world, alice) == (npr("4"), npr("0"), npr("4"))
    assert world.accounts.balance(bob).balance == npr("6")
    ended = world.holds.get(hold.id)
    assert (ended.status, ended.captured, ended.remaining, ended.version) == ("captured", npr("6"), npr("0"), 3)
    again = world.ledger.execute_one(CaptureHold(hold.id, bob))
    assert again == Rejected(InvalidStateError(resource="hold", identifier=str(hold.id), state="captured"))
    require_sound(world)


def test_a_final_capture_gives_back_the_rest(world: LedgerWorld, alice: AccountId, bob: AccountId, hold: Hold) -> None:
    world.holds.capture(hold.id, bob, npr("2.50"))

    assert funds(world, alice) == (npr("7.50"), npr("0"), npr("7.50"))
    assert world.holds.get(hold.id).captured == npr("2.50")
    assert world.holds.get(hold.id).remaining == npr("0")


def test_without_an_amount_all_that_remains_is_captured(
    world: LedgerWorld, alice: AccountId, bob: AccountId, hold: Hold
) -> None:
    world.holds.capture(hold.id, bob, npr("2"), is_final=False)

    assert world.holds.capture(hold.id, bob).amount == npr("4")
    assert funds(world, alice) == (npr("4"), npr("0"), npr("4"))


def test_no_more_is_captured_than_it_keeps(world: LedgerWorld, bob: AccountId, hold: Hold) -> None:
    world.holds.capture(hold.id, bob, npr("2"), is_final=False)

    outcomes = world.ledger.execute(
        [CaptureHold(hold.id, bob, npr("4.01")), CaptureHold(hold.id, bob, Money.of("1", "USD"))]
    )

    assert outcomes == [
        Rejected(CaptureExceedsHoldError(hold_id=hold.id, remaining=npr("4"), needed=npr("4.01"))),
        Rejected(CurrencyMismatchError(expected="NPR", actual="USD")),
    ]
    assert world.accounts.balance(bob).balance == npr("2")


def test_a_voided_hold_gives_everything_back_once(world: LedgerWorld, alice: AccountId, hold: Hold) -> None:
    voided = world.holds.void(hold.id, reason="sold out")
    again = world.ledger.execute_one(VoidHold(hold.id))

    assert (voided.status, voided.remaining) == ("voided", npr("0"))
    assert again == Rejected(InvalidStateError(resource="hold", identifier=str(hold.id), state="voided"))
    assert funds(world, alice) == (npr("10"), npr("0"), npr("10"))


def test_an_extended_hold_lasts_longer_and_never_shorter(world: LedgerWorld, hold: Hold) -> None:
    extended = world.holds.extend(hold.id, lifetime=timedelta(days=30))
    shorter = world.ledger.execute_one(ExtendHold(hold.id, lifetime=timedelta(days=8)))
    too_long = world.ledger.execute_one(ExtendHold(hold.id, expires_at=hold.placed_at + LIFETIME_MAX * 2))

    assert extended.expires_at - hold.expires_at > timedelta(days=22)
    assert world.holds.get(hold.id) == extended
    assert isinstance(shorter, Rejected)
    assert isinstance(shorter.reason, ExpiryOutOfRangeError)
    assert shorter.reason.after == extended.expires_at
    assert words([too_long]) == ["expiry_out_of_range"]


def test_what_expires_before_it_begins_is_refused(world: LedgerWorld, alice: AccountId, hold: Hold) -> None:
    outcome = world.ledger.execute_one(PlaceHold(alice, npr("1"), expires_at=hold.placed_at - timedelta(seconds=1)))

    assert words([outcome]) == ["expiry_out_of_range"]


def test_what_has_expired_is_there_again_though_nobody_let_it_go(world: LedgerWorld, alice: AccountId) -> None:
    world.ledger.deposit(alice, npr("10"))
    hold = world.holds.place(alice, npr("6"), lifetime=AT_ONCE)

    assert funds(world, alice) == (npr("10"), npr("0"), npr("10"))
    assert world.queries.list_accounts(owner_id="alice", limit=1)[0].held == npr("0")
    number = world.queries.get_account(alice).number
    found = world.queries.find_account_by_number(number)
    assert found is not None
    assert found.held == npr("0")
    shown = world.holds.get(hold.id)
    assert (shown.status, shown.remaining) == (HoldStatus.EXPIRED, npr("0"))
    assert [event for event in world.events() if isinstance(event, HoldExpired)] == []


def test_what_has_expired_can_be_spent_and_no_more_captured(
    world: LedgerWorld, alice: AccountId, bob: AccountId
) -> None:
    world.ledger.deposit(alice, npr("10"))
    hold = world.holds.place(alice, npr("6"), lifetime=AT_ONCE)
    world.holds.place(alice, npr("1"))

    outcomes = world.ledger.execute(
        [
            CaptureHold(hold.id, bob),
            VoidHold(hold.id),
            ExtendHold(hold.id, lifetime=LIFETIME),
            Transfer(alice, bob, npr("9.01")),
            Transfer(alice, bob, npr("9")),
        ]
    )

    assert words(outcomes) == ["invalid_state"] * 3 + ["insufficient_funds", "posted"]
    assert funds(world, alice) == (npr("1"), npr("1"), npr("0"))
    (expired,) = [event for event in world.events() if isinstance(event, HoldExpired)]
    assert (expired.hold.id, expired.hold.status, expired.effect.set_aside_minor) == (hold.id, "expired", -600)
    assert (expired.stamp.origin.actor_type, expired.stamp.origin.actor_id) == ("system", "ledger")
    require_sound(world)


def test_each_hold_of_an_account_expires_by_itself(world: LedgerWorld, alice: AccountId) -> None:
    world.ledger.deposit(alice, npr("10"))
    for amount in ("1", "2"):
        world.holds.place(alice, npr(amount), lifetime=AT_ONCE)
    kept = world.holds.place(alice, npr("3"), lifetime=timedelta(hours=1))
    gone = world.holds.place(alice, npr("4"), lifetime=AT_ONCE)

    world.ledger.deposit(alice, npr("0.01"))

    assert funds(world, alice) == (npr("10.01"), npr("3"), npr("7.01"))
    assert [each.id for each in world.holds.list_on(alice, status=HoldStatus.OPEN)] == [kept.id]
    assert len(world.holds.list_on(alice, status=HoldStatus.EXPIRED)) == 3
    assert world.holds.list_on(alice, after=kept.id) == [world.holds.get(gone.id)]


def test_an_account_without_a_floor_holds_what_can_be_written_down(world: LedgerWorld) -> None:
    ours = world.accounts.open(currency="NPR", owner_id="bank", floor=None, kind=AccountKind.ESCROW).id
    most = Money(MINOR_MAX, npr("1").currency)

    held, refused = world.ledger.execute([PlaceHold(ours, most), PlaceHold(ours, npr("0.01"))])
    spent = world.ledger.execute_one(Withdraw(ours, npr("1")))

    assert words([held]) == ["hold open"]
    assert isinstance(refused, Rejected)
    assert isinstance(refused.reason, AmountOutOfRangeError)
    assert words([spent]) == ["amount_out_of_range"]


def test_a_holder_ends_only_what_he_has_placed_himself(
    world: LedgerWorld, alice: AccountId, bob: AccountId, hold: Hold
) -> None:
    own = world.holds.place(alice, npr("1"), origin=BY_ALICE)

    by_alice = [
        world.ledger.execute_one(command, origin=BY_ALICE)
        for command in (VoidHold(hold.id), CaptureHold(hold.id, bob), ExtendHold(hold.id, lifetime=LIFETIME * 2))
    ]
    by_bob = world.ledger.execute_one(VoidHold(own.id), origin=BY_BOB)
    unknown = world.ledger.execute_one(VoidHold(UNKNOWN), origin=BY_BOB)

    assert by_alice == [Rejected(ForbiddenError())] * 3
    assert by_bob == Rejected(NotFoundError(resource="hold", identifier=str(own.id)))
    assert unknown == Rejected(NotFoundError(resource="hold", identifier=str(UNKNOWN)))
    assert own.by_holder
    assert world.holds.capture(own.id, bob, origin=BY_ALICE).amount == npr("1")
    assert words([world.ledger.execute_one(PlaceHold(alice, npr("1")), origin=BY_BOB)]) == ["not_found"]
