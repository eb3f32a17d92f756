"""Whatever happens on an account, the score is made of what happened and not of how it was told."""

import random
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from bankcore.fraud.activity import AccountActivity, Direction, Movement
from bankcore.fraud.policy import FraudPolicy, VelocityLimits
from bankcore.fraud.rules import RULES, score, velocity
from bankcore.fraud.signals import Rule, Score, Signal
from tests.unit.fraud.activities import NOW, SHOP, STRANGER, activity

POLICY = FraudPolicy()
SIGNALS = st.builds(Signal, st.sampled_from(Rule), st.integers(1, 100), st.just("because"), st.just({}))


def movements(*, latest_s: int = 0) -> st.SearchStrategy[Movement]:
    """Any movement of the last 400 days."""
    ago = st.one_of(st.integers(latest_s, 7_200), st.integers(latest_s, 400 * 86_400))
    return st.builds(
        lambda amount, direction, who, seconds: Movement(amount, direction, who, NOW - timedelta(seconds=seconds)),
        st.one_of(st.integers(1, 2_000_000), st.integers(600_000, 999_999)),
        st.sampled_from(Direction),
        st.sampled_from([None, SHOP, STRANGER]),
        ago,
    )


MOVEMENT = movements().map(lambda movement: movement._replace(at=NOW))
ACTIVITIES = st.builds(
    lambda movement, recent, is_complete: activity(movement, *recent, is_complete=is_complete),
    MOVEMENT,
    st.lists(movements(latest_s=1), max_size=40),
    st.booleans(),
)


@given(one=ACTIVITIES, seed=st.integers(0, 99))
def test_the_order_in_which_movements_are_told_changes_nothing(one: AccountActivity, seed: int) -> None:
    shuffled = list(one.recent)
    random.Random(seed).shuffle(shuffled)

    again = activity(one.movement, *shuffled, is_complete=one.history.is_complete)

    assert score(again, POLICY) == score(one, POLICY)


@given(one=ACTIVITIES)
def test_a_score_is_the_sum_of_what_each_rule_finds_and_explains(one: AccountActivity) -> None:
    found = score(one, POLICY)

    alone = [signal for rule in RULES if (signal := rule(one, POLICY)) is not None]
    assert found.points == sum(signal.points for signal in alone)
    assert found.rules == {signal.rule for signal in alone}
    assert all(signal.explanation and signal.facts for signal in found.signals)


@given(signals=st.lists(SIGNALS, max_size=6), more=SIGNALS)
def test_another_signal_never_lowers_a_score(signals: list[Signal], more: Signal) -> None:
    assert Score.of([*signals, more]).points > Score.of(signals).points
    assert Score.of(signals[::-1]).points == Score.of(signals).points


@given(one=ACTIVITIES, points=st.integers(0, 200))
def test_more_points_for_a_rule_never_lower_a_score(one: AccountActivity, points: int) -> None:
    lower = FraudPolicy(velocity=VelocityLimits(points=points, count_min=3))
    higher = FraudPolicy(velocity=VelocityLimits(points=points + 1, count_min=3))

    assert score(one, lower).points <= score(one, higher).points


@given(one=ACTIVITIES, more=movements(latest_s=1))
def test_another_movement_never_hides_velocity(one: AccountActivity, more: Movement) -> None:
    policy = FraudPolicy(velocity=VelocityLimits(count_min=3))
    busier = activity(one.movement, *one.recent, more)

    assert velocity(one, policy) is None or velocity(busier, policy) is not None


@given(one=ACTIVITIES, days=st.integers(0, 3_000))
def test_when_a_movement_is_looked_at_does_not_matter(one: AccountActivity, days: int) -> None:
    later = timedelta(days=days)
    moved = activity(
        one.movement._replace(at=one.movement.at + later),
        *(movement._replace(at=movement.at + later) for movement in one.recent),
        opened_ago=timedelta(days=365) - later,
        is_complete=one.history.is_complete,
    )

    assert score(moved, POLICY).rules == score(one, POLICY).rules
