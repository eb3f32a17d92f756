"""Whatever happens on an account, the score is made of what happened, and what is remembered of it stays small."""

from datetime import timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from bankcore.fraud.activity import FLOWS_MAX, KEPT_MAX, PAYEES_MAX, PAYERS_MAX, AccountActivity
from bankcore.fraud.movements import Direction, Movement, seconds_of
from bankcore.fraud.policy import FraudPolicy, LargeLimits, RapidLimits, StructuringLimits, VelocityLimits
from bankcore.fraud.rules import RULES, large, rapid_in_and_out, score, structuring, velocity
from bankcore.fraud.signals import Rule, Score, Signal
from bankcore.identifiers import AccountId
from bankcore.money import MINOR_MAX
from bankcore.testing.bank import in_memory_bank
from bankcore.testing.fraud import in_memory_fraud, shares_of
from bankcore_infra.fraud.activity_codec import decode_activity, encode_activity
from tests.unit.fraud.activities import LANDLORD, NOW, POLICY, SHOP, STRANGER, USD, activity
from tests.worlds.values import npr

OPENED_S = seconds_of(NOW - timedelta(days=365))


def movements_of(steps: list[tuple[int, Direction, AccountId | None, int]]) -> list[Movement]:
    """One movement after another, with these gaps between them."""
    at_s, movements = OPENED_S, []
    for amount_minor, direction, who, gap_s in steps:
        at_s += gap_s
        movements.append(Movement(amount_minor, USD, direction, who, at_s))
    return movements


SIGNALS = st.builds(Signal, st.sampled_from(Rule), st.integers(1, 100), st.just("because"), st.just({}))
AMOUNTS = st.one_of(st.integers(1, 2_000_000), st.integers(600_000, 999_999), st.integers(MINOR_MAX - 9, MINOR_MAX))
# Seconds between two movements: within a minute, a day, or two years.
GAPS = st.one_of(st.integers(0, 60), st.integers(0, 86_400), st.integers(0, 700 * 86_400))
STEPS = st.tuples(AMOUNTS, st.sampled_from(Direction), st.sampled_from([None, SHOP, LANDLORD, STRANGER]), GAPS)
MOVEMENTS = st.lists(STEPS, min_size=1, max_size=40).map(movements_of)
POLICIES = st.builds(
    FraudPolicy,
    velocity=st.builds(VelocityLimits, window_s=st.integers(0, 90_000), count_min=st.integers(0, 15)),
    structuring=st.builds(
        StructuringLimits,
        window_s=st.integers(0, 900_000),
        count_min=st.integers(0, 6),
        near_percent=st.sampled_from([0, 1, 30, 60, 99, 100, 101]),
    ),
    rapid=st.builds(RapidLimits, window_s=st.integers(0, 90_000)),
)


def folded(movements: list[Movement], policy: FraudPolicy = POLICY) -> AccountActivity:
    """What is remembered of these movements."""
    return activity(*movements, policy=policy)


def within(movements: list[Movement], window_s: int) -> list[Movement]:
    """Those that came at most so many seconds before the last one, it among them."""
    return [movement for movement in movements if movement.at_s >= movements[-1].at_s - window_s]


@given(movements=MOVEMENTS, policy=POLICIES)
def test_velocity_is_what_all_movements_together_would_show(movements: list[Movement], policy: FraudPolicy) -> None:
    *before, last = movements
    limits = policy.velocity

    payments = [one for one in within(movements, limits.window_s) if one.direction is Direction.OUT]

    expected = last.direction is Direction.OUT and len(payments) >= limits.count_min
    assert (velocity(folded(before, policy), last, policy) is not None) == expected


@given(movements=MOVEMENTS, policy=POLICIES)
def test_structuring_is_what_all_movements_together_would_show(movements: list[Movement], policy: FraudPolicy) -> None:
    *before, last = movements
    limits, threshold_minor = policy.structuring, policy.threshold_minor["USD"]

    parts = [
        one.amount_minor
        for one in within(movements, limits.window_s)
        if one.direction is last.direction and policy.is_part(one.amount_minor, "USD")
    ]

    is_part = policy.is_part(last.amount_minor, "USD")
    expected = is_part and len(parts) >= limits.count_min and sum(parts) >= threshold_minor
    assert (structuring(folded(before, policy), last, policy) is not None) == expected


@given(movements=MOVEMENTS)
def test_what_is_large_is_so_beside_every_payment_of_the_last_400_days(movements: list[Movement]) -> None:
    *before, last = movements
    policy = FraudPolicy(large=LargeLimits(history_min=1, history_s=0))
    lately = [one.amount_minor for one in within(movements, 400 * 86_400)[:-1] if one.direction is Direction.OUT]

    signal = large(folded(before, policy), last, policy)

    assert signal is None or all(last.amount_minor >= 3 * amount_minor for amount_minor in lately)


@given(movements=MOVEMENTS, policy=POLICIES)
def test_money_passes_through_only_where_so_much_came_in_within_the_window(
    movements: list[Movement], policy: FraudPolicy
) -> None:
    *before, last = movements
    window = within(movements, policy.rapid.window_s)

    signal = rapid_in_and_out(folded(before, policy), last, policy)

    if signal is not None:
        assert last.direction is Direction.OUT
        assert any(one.direction is Direction.IN for one in window)


@given(movements=MOVEMENTS, policy=POLICIES)
def test_what_is_remembered_never_exceeds_its_bounds(movements: list[Movement], policy: FraudPolicy) -> None:
    remembered = folded(movements, policy)

    parts_max = min(policy.structuring.parts_needed, KEPT_MAX)
    assert len(remembered.payment_times_s) <= max(policy.velocity.count_min - 1, 0)
    assert max(len(remembered.parts_in), len(remembered.parts_out)) <= parts_max
    assert len(remembered.flows) <= FLOWS_MAX
    assert len(remembered.payees.marks) == len(remembered.payees.met_s) <= PAYEES_MAX
    assert len(remembered.payers.marks) == len(remembered.payers.met_s) <= PAYERS_MAX
    assert all(earlier.since_s <= later.since_s for earlier, later in pairwise(remembered.flows))


@given(movements=MOVEMENTS, policy=POLICIES)
def test_what_is_stored_is_what_is_read(movements: list[Movement], policy: FraudPolicy) -> None:
    remembered = folded(movements, policy)

    assert decode_activity(encode_activity(remembered)) == remembered


@given(
    amounts=st.lists(st.tuples(st.integers(1, 9), st.sampled_from(["in", "out", "to bob"])), min_size=1, max_size=8),
    cuts=st.sets(st.integers(1, 7)),
)
def test_movements_examined_one_by_one_or_in_pages_leave_the_same(
    amounts: list[tuple[int, str]], cuts: set[int]
) -> None:
    bank = in_memory_bank()
    alice, bob = (bank.accounts.open(currency="NPR", owner_id=owner) for owner in ("alice", "bob"))
    bank.ledger.deposit(alice.id, npr("1000"))
    page = []
    for amount, kind in amounts:
        money = npr(str(amount))
        if kind == "to bob":
            transaction = bank.ledger.transfer(alice.id, bob.id, money)
        else:
            transaction = (bank.ledger.deposit if kind == "in" else bank.ledger.withdraw)(alice.id, money)
        page.append(shares_of(transaction).met_by(alice.id))
    policy = FraudPolicy(velocity=VelocityLimits(count_min=3))
    by_one, in_pages = in_memory_fraud(bank, policy), in_memory_fraud(bank, policy)

    for moved in page:
        by_one.units.run(lambda unit, moved=moved: by_one.examine(unit, [moved]))  # type: ignore[misc] # bound at once
    ends = [0, *sorted(cut for cut in cuts if cut < len(page)), len(page)]
    for begin, end in pairwise(ends):
        in_pages.units.run(lambda unit, part=page[begin:end]: in_pages.examine(unit, part))  # type: ignore[misc] # too

    assert in_pages.stored.activities == by_one.stored.activities
    cases = [
        [(case.transaction_id, case.score) for case in fraud.stored.cases.values()] for fraud in (by_one, in_pages)
    ]
    assert cases[0] == cases[1]


@given(movements=MOVEMENTS)
def test_a_score_is_the_sum_of_what_each_rule_finds_and_explains(movements: list[Movement]) -> None:
    *earlier, last = movements
    before = folded(earlier)

    found = score(before, last, POLICY)

    alone = [signal for rule in RULES if (signal := rule(before, last, POLICY)) is not None]
    assert found.points == sum(signal.points for signal in alone)
    assert found.rules == {signal.rule for signal in alone}
    assert all(signal.explanation and signal.facts for signal in found.signals)


@given(signals=st.lists(SIGNALS, max_size=6), more=SIGNALS)
def test_another_signal_never_lowers_a_score(signals: list[Signal], more: Signal) -> None:
    assert Score.of([*signals, more]).points > Score.of(signals).points
    assert Score.of(signals[::-1]).points == Score.of(signals).points


@given(movements=MOVEMENTS, points=st.integers(0, 200))
def test_more_points_for_a_rule_never_lower_a_score(movements: list[Movement], points: int) -> None:
    *before, last = movements
    lower = FraudPolicy(velocity=VelocityLimits(points=points, count_min=3))
    higher = FraudPolicy(velocity=VelocityLimits(points=points + 1, count_min=3))

    lowest, highest = (score(folded(before, policy), last, policy).points for policy in (lower, higher))

    assert lowest <= highest


@given(movements=MOVEMENTS, days=st.integers(0, 3_000))
def test_when_a_movement_is_looked_at_does_not_matter(movements: list[Movement], days: int) -> None:
    *before, last = movements
    later = [one._replace(at_s=one.at_s + days * 86_400) for one in movements]

    moved = activity(*later[:-1], opened_ago=timedelta(days=365 - days))

    assert score(moved, later[-1], POLICY).rules == score(folded(before), last, POLICY).rules
