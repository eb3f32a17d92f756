"""Limits bind what leaves an account: at once, by day and by month, in amount and in number, by kind or in all."""

from datetime import UTC, timedelta
from uuid import UUID

import pytest

from bankcore.errors import ForbiddenError, InvalidRequestError, InvalidStateError, NotFoundError
from bankcore.holds.commands import CaptureHold, PlaceHold, VoidHold
from bankcore.idempotency.answers import Rejected
from bankcore.idempotency.keys import IdempotencyKeyReusedError
from bankcore.identifiers import AccountId
from bankcore.ledger.accounts import AccountKind
from bankcore.ledger.commands import Deposit, OpenAccount, PostTransaction, Transfer, Withdraw
from bankcore.ledger.limits import Limit, LimitWindow
from bankcore.ledger.rejections import LimitExceededError
from bankcore.ledger.transactions import Posting
from bankcore.money import CurrencyMismatchError, Money
from bankcore.origin import Origin
from tests.contract.adapters import LedgerWorld
from tests.contract.held_funds import require_sound
from tests.worlds.values import NPR, npr, posted, words

DAY, MONTH, ONCE = LimitWindow.DAY, LimitWindow.MONTH, LimitWindow.TRANSACTION
STAFF = Origin(actor_type="user", actor_id="operator-7")


@pytest.fixture
def rich(world: LedgerWorld, alice: AccountId) -> AccountId:
    """Alice's account with 100.00."""
    world.ledger.deposit(alice, npr("100"))
    return alice


def left(world: LedgerWorld, account_id: AccountId) -> list[tuple[int, int]]:
    return [(standing.used, standing.left) for standing in world.limits.list_standings(account_id)]


def test_nothing_more_leaves_an_account_than_a_day_allows(world: LedgerWorld, rich: AccountId, bob: AccountId) -> None:
    world.limits.set_for_account(rich, [Limit(per=DAY, amount=npr("10"))])

    outcomes = world.ledger.execute(
        [Transfer(rich, bob, npr("6")), Withdraw(rich, npr("5")), Withdraw(rich, npr("4")), Withdraw(rich, npr("0.01"))]
    )
    later = world.ledger.execute_one(Transfer(rich, bob, npr("1")))

    assert words(outcomes) == ["posted", "limit_exceeded", "posted", "limit_exceeded"]
    refusals = [each.reason for each in (*outcomes, later) if isinstance(each, Rejected)]
    assert [(each.limit, each.used, each.allowed) for each in refusals if isinstance(each, LimitExceededError)] == [
        (npr("10"), npr("6"), npr("4")),
        (npr("10"), npr("10"), npr("0")),
        (npr("10"), npr("10"), npr("0")),
    ]
    assert left(world, rich) == [(1_000, 0)]
    require_sound(world)


def test_a_refusal_says_which_limit_it_was_and_when_it_begins_anew(world: LedgerWorld, rich: AccountId) -> None:
    world.limits.set_for_account(rich, [Limit(per=MONTH, count=1, kind="withdrawal"), Limit(per=ONCE, amount=npr("7"))])

    first, second, third = world.ledger.execute(
        [Withdraw(rich, npr("7.01")), Withdraw(rich, npr("1")), Withdraw(rich, npr("1"))]
    )

    assert first == Rejected(
        LimitExceededError(account_id=rich, per=ONCE, limit=npr("7"), used=npr("0"), allowed=npr("7"))
    )
    today = posted(second).transaction.posted_at.astimezone(UTC)
    following = (today.replace(day=1) + timedelta(days=31)).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    assert third == Rejected(
        LimitExceededError(
            account_id=rich,
            per=MONTH,
            kind="withdrawal",
            limit_count=1,
            used_count=1,
            allowed_count=0,
            resets_at=following,
        )
    )


def test_a_limit_on_a_kind_leaves_the_others_alone(world: LedgerWorld, rich: AccountId, bob: AccountId) -> None:
    world.limits.set_for_account(rich, [Limit(per=DAY, count=1, kind="transfer"), Limit(per=DAY, count=3)])

    outcomes = world.ledger.execute(
        [
            Transfer(rich, bob, npr("1")),
            Transfer(rich, bob, npr("1")),
            Withdraw(rich, npr("1")),
            Withdraw(rich, npr("1")),
            Withdraw(rich, npr("1")),
            Deposit(rich, npr("1")),
            Transfer(bob, rich, npr("1")),
        ]
    )

    assert words(outcomes) == [*("posted", "limit_exceeded", "posted", "posted", "limit_exceeded", "posted", "posted")]


def test_the_limits_of_the_tenant_bind_all_customers_and_the_tightest_one_counts(
    world: LedgerWorld, rich: AccountId, bob: AccountId
) -> None:
    world.ledger.deposit(bob, npr("100"))
    world.limits.set_for_tenant([Limit(per=DAY, amount=npr("20")), Limit(per=DAY, amount=Money.of("1", "USD"))])
    world.limits.set_for_account(rich, [Limit(per=DAY, amount=npr("5"))])
    world.limits.set_for_account(bob, [Limit(per=DAY, amount=npr("50"))])

    outcomes = world.ledger.execute([Withdraw(rich, npr("6")), Withdraw(rich, npr("5")), Withdraw(bob, npr("21"))])

    assert words(outcomes) == ["limit_exceeded", "posted", "limit_exceeded"]
    assert [(each.is_own, each.left) for each in world.limits.list_standings(rich)] == [(True, 0), (False, 1_500)]
    assert words(world.ledger.execute([Deposit(rich, npr("1000")), Deposit(bob, npr("9"))])) == ["posted"] * 2


def test_an_account_that_is_opened_in_the_batch_is_bound_too(world: LedgerWorld) -> None:
    new = AccountId(UUID("019c1406-3400-7000-8000-0000000000aa"))
    world.limits.set_for_tenant([Limit(per=DAY, count=1)])

    outcomes = world.ledger.execute(
        [
            OpenAccount("carol", NPR, account_id=new),
            Deposit(new, npr("5")),
            Withdraw(new, npr("1")),
            Withdraw(new, npr("1")),
        ]
    )
    later = world.ledger.execute_one(Withdraw(new, npr("1")))

    assert words([*outcomes, later]) == ["opened", "posted", "posted", "limit_exceeded", "limit_exceeded"]


def test_what_a_batch_undoes_is_not_used(world: LedgerWorld, rich: AccountId, bob: AccountId) -> None:
    world.limits.set_for_account(rich, [Limit(per=DAY, amount=npr("10"))])

    undone = world.ledger.execute([Withdraw(rich, npr("6")), Withdraw(rich, npr("6"))], atomic=True)
    rehearsed = world.ledger.execute([Withdraw(rich, npr("10"))], dry_run=True)

    assert words([*undone, *rehearsed]) == ["batch_rejected", "limit_exceeded", "posted"]
    assert left(world, rich) == [(0, 1_000)]
    again = Transfer(rich, bob, npr("10"), idempotency_key="once")
    assert words(world.ledger.execute([again, again])) == ["posted", "again:posted"]
    assert left(world, rich) == [(1_000, 0)]


def test_a_hold_uses_when_it_is_placed_and_gives_back_what_it_did_not_take(
    world: LedgerWorld, rich: AccountId, bob: AccountId
) -> None:
    world.limits.set_for_account(rich, [Limit(per=DAY, amount=npr("10")), Limit(per=MONTH, count=2, kind="hold")])
    first, second = world.holds.place(rich, npr("6")), world.holds.place(rich, npr("4"))

    full = world.ledger.execute([PlaceHold(rich, npr("1")), Withdraw(rich, npr("0.01")), VoidHold(second.id)])
    spent = world.ledger.execute([Withdraw(rich, npr("4")), CaptureHold(first.id, bob, npr("2"), is_final=False)])
    assert left(world, rich) == [(1_000, 0), (1, 1)]
    world.holds.capture(first.id, bob, npr("1"))

    assert words([*full, *spent]) == ["limit_exceeded", "limit_exceeded", "hold voided", "posted", "posted"]
    assert left(world, rich) == [(700, 300), (1, 1)]
    require_sound(world)


def test_a_hold_whose_time_is_over_gives_back_what_it_kept(world: LedgerWorld, rich: AccountId) -> None:
    world.limits.set_for_account(rich, [Limit(per=DAY, amount=npr("10"))])
    world.holds.place(rich, npr("10"), lifetime=timedelta(microseconds=1))

    assert words(world.ledger.execute([Withdraw(rich, npr("10"))])) == ["posted"]
    assert left(world, rich) == [(1_000, 0)]


def test_a_hold_of_before_the_limits_gives_nothing_back(world: LedgerWorld, rich: AccountId) -> None:
    hold = world.holds.place(rich, npr("6"))
    world.limits.set_for_account(rich, [Limit(per=DAY, amount=npr("10"))])
    world.ledger.withdraw(rich, npr("10"))

    world.holds.void(hold.id)

    assert left(world, rich) == [(1_000, 0)]


def test_a_reversal_is_not_limited_and_gives_nothing_back(world: LedgerWorld, rich: AccountId, bob: AccountId) -> None:
    world.limits.set_for_tenant([Limit(per=DAY, amount=npr("10"))])
    moved = world.ledger.transfer(rich, bob, npr("10"))
    world.ledger.withdraw(bob, npr("10"))
    world.ledger.deposit(bob, npr("10"))

    world.ledger.reverse(moved.id, reason="sent twice")

    assert left(world, rich) == left(world, bob) == [(1_000, 0)]


def test_several_lines_on_one_account_count_as_what_it_loses_in_all(
    world: LedgerWorld, rich: AccountId, bob: AccountId
) -> None:
    world.limits.set_for_account(rich, [Limit(per=ONCE, amount=npr("5")), Limit(per=DAY, count=1)])
    lines = [Posting(rich, npr("-8")), Posting(rich, npr("3")), Posting(bob, npr("5"))]

    outcomes = world.ledger.execute([PostTransaction(tuple(lines)), Withdraw(rich, npr("1"))])

    assert words(outcomes) == ["posted", "limit_exceeded"]


def test_limits_that_are_taken_away_bind_nobody_and_what_was_used_is_known_when_they_return(
    world: LedgerWorld, rich: AccountId
) -> None:
    limits = [Limit(per=DAY, amount=npr("10"))]
    world.limits.set_for_account(rich, limits)
    world.ledger.withdraw(rich, npr("10"))
    world.limits.set_for_account(rich, [])
    assert world.limits.list_standings(rich) == []
    world.ledger.withdraw(rich, npr("1"))
    world.limits.set_for_account(rich, limits)

    assert words([world.ledger.execute_one(Withdraw(rich, npr("0.01")))]) == ["limit_exceeded"]
    assert world.limits.get_policy(rich) == tuple(limits)
    assert world.limits.get_policy(None) == ()


def test_a_key_is_answered_once(world: LedgerWorld, rich: AccountId) -> None:
    limits = [Limit(per=DAY, amount=npr("10"), kind="transfer"), Limit(per=MONTH, count=9)]

    first, again = (
        world.limits.set_for_account(rich, limits, reason="a new customer", idempotency_key="l-1", origin=STAFF)
        for _ in range(2)
    )
    with pytest.raises(IdempotencyKeyReusedError):
        world.limits.set_for_account(rich, [], idempotency_key="l-1", origin=STAFF)

    assert first == again == tuple(limits)


def test_limits_that_nobody_may_set_are_refused(world: LedgerWorld, alice: AccountId) -> None:
    ours = world.accounts.open(currency="NPR", owner_id="bank", kind=AccountKind.FEE).id
    limits = [Limit(per=DAY, count=1)]

    with pytest.raises(ForbiddenError):
        world.limits.set_for_account(alice, limits, origin=Origin(owner_id="alice"))
    with pytest.raises(NotFoundError):
        world.limits.set_for_account(AccountId(UUID(int=404)), limits)
    with pytest.raises(InvalidStateError):
        world.limits.set_for_account(ours, limits)
    with pytest.raises(CurrencyMismatchError):
        world.limits.set_for_account(alice, [Limit(per=DAY, amount=Money.of("1", "USD"))])
    for question in (world.limits.get_policy, world.limits.list_standings):
        with pytest.raises(NotFoundError):
            question(AccountId(UUID(int=404)))
    assert world.limits.list_standings(ours) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"per": "day", "count": 1},
        {"per": DAY},
        {"per": DAY, "count": 1, "amount": npr("1")},
        {"per": DAY, "count": -1},
        {"per": DAY, "count": True},
        {"per": ONCE, "count": 1},
        {"per": DAY, "amount": npr("-1")},
        {"per": DAY, "amount": "5"},
        {"per": DAY, "count": 1, "kind": "Transfer"},
        {"per": DAY, "count": 1, "kind": 7},
    ],
    ids=str,
)
def test_what_is_no_limit_is_told(wrong: dict[str, object]) -> None:
    with pytest.raises(InvalidRequestError):
        Limit(**wrong)  # type: ignore[arg-type] # what a caller without a type checker does


def test_what_is_no_policy_is_told(world: LedgerWorld, alice: AccountId) -> None:
    for wrong in ([7], 7, [Limit(per=DAY, count=1)] * 33):
        with pytest.raises(InvalidRequestError):
            world.limits.set_for_account(alice, wrong)  # type: ignore[arg-type]
    with pytest.raises(InvalidRequestError):
        world.limits.set_for_account(alice, [], reason="")
