"""Each rule at its limits, and how it explains itself."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bankcore.fraud.activity import Movement
from bankcore.fraud.policy import (
    DormantLimits,
    FraudPolicy,
    LargeLimits,
    NewPayeeLimits,
    RapidLimits,
    StructuringLimits,
    VelocityLimits,
)
from bankcore.fraud.rules import dormant, large, new_payee, rapid_in_and_out, score, structuring, velocity
from bankcore.fraud.signals import Rule, Signal
from bankcore.money import MINOR_MAX, Currency
from tests.unit.fraud.activities import IN, LANDLORD, NOW, OUT, SHOP, STRANGER, activity, moved

SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
POLICY = FraudPolicy()


def payments(count: int, *, dollars: int = 100, ago: timedelta = 40 * DAY) -> list[Movement]:
    return [moved(dollars, ago=ago - number * HOUR) for number in range(count)]


def test_velocity_counts_what_left_within_the_window_this_movement_among_it() -> None:
    nine = [moved(5, ago=number * SECOND) for number in range(1, 10)]

    signal = velocity(activity(moved(5), *nine), POLICY)

    assert signal == Signal(
        Rule.VELOCITY,
        50,
        "10 movements out of the account within 1 hours",
        {"count": 10, "countMin": 10, "windowSeconds": 3_600},
    )
    assert velocity(activity(moved(5), *nine[1:]), POLICY) is None


def test_velocity_ends_at_the_edge_of_the_window_and_leaves_out_what_came_in() -> None:
    eight = [moved(5, ago=number * SECOND) for number in range(1, 9)]

    assert velocity(activity(moved(5), *eight, moved(5, ago=HOUR)), POLICY) is not None
    assert velocity(activity(moved(5), *eight, moved(5, ago=HOUR + SECOND)), POLICY) is None
    assert velocity(activity(moved(5), *eight, moved(5, IN)), POLICY) is None
    assert velocity(activity(moved(5, IN), *eight, moved(5), moved(5)), POLICY) is None


def test_structuring_finds_parts_that_stay_just_below_the_threshold() -> None:
    parts = [moved(9_000, IN, None, ago=2 * DAY), moved(6_000, IN, None, ago=7 * DAY)]

    signal = structuring(activity(moved(9_999, IN, None), *parts), POLICY)

    assert signal is not None
    assert (signal.rule, signal.points) == (Rule.STRUCTURING, 60)
    assert signal.explanation == "3 movements of 24999.00 USD in total within 7 days, each just below 10000.00 USD"
    assert signal.facts == {
        "count": 3,
        "total": "24999.00 USD",
        "threshold": "10000.00 USD",
        "windowSeconds": 604_800,
    }


@pytest.mark.parametrize(
    ("movement", "other"),
    [
        (moved(10_000, IN), moved(9_000, IN)),
        (moved(5_999, IN), moved(9_000, IN)),
        (moved(9_000, IN), moved(10_000, IN)),
        (moved(9_000, IN), moved(5_999, IN)),
        (moved(9_000, IN), moved(9_000, OUT)),
        (moved(9_000, IN), moved(9_000, IN, ago=7 * DAY + SECOND)),
    ],
    ids=["at the threshold", "far below", "other at it", "other far below", "other direction", "too long ago"],
)
def test_structuring_leaves_out_what_is_no_part(movement: Movement, other: Movement) -> None:
    assert structuring(activity(movement, moved(9_000, IN), other), POLICY) is None


def test_parts_that_stay_below_the_threshold_together_are_none() -> None:
    policy = FraudPolicy(structuring=StructuringLimits(near_percent=0, count_min=2))

    assert structuring(activity(moved(4_000), moved(5_999)), policy) is None
    assert structuring(activity(moved(4_000), moved(6_000)), policy) is not None


def test_a_currency_without_a_threshold_has_no_structuring() -> None:
    parts = activity(moved(9_000), moved(9_000), moved(9_000), currency=Currency.of("CHF"))

    assert structuring(parts, POLICY) is None


def test_large_is_so_many_times_what_ever_left() -> None:
    signal = large(activity(moved(1_500), *payments(9), moved(500, ago=DAY)), POLICY)

    assert signal is not None
    assert (signal.rule, signal.points) == (Rule.LARGE, 50)
    assert signal.explanation == "1500.00 USD is at least 3 times the largest of 10 payments before it, 500.00 USD"
    assert signal.facts == {
        "amount": "1500.00 USD",
        "largestBefore": "500.00 USD",
        "paymentsBefore": 10,
        "multiple": 3,
    }
    assert large(activity(moved(1_499), *payments(9), moved(500, ago=DAY)), POLICY) is None


def test_large_needs_enough_payments_of_long_enough_before_it() -> None:
    assert large(activity(moved(900), *payments(10)), POLICY) is not None
    assert large(activity(moved(900), *payments(9)), POLICY) is None
    assert large(activity(moved(900), *payments(9), moved(100, IN)), POLICY) is None
    assert large(activity(moved(900), *payments(10, ago=35 * DAY)), POLICY) is not None
    assert large(activity(moved(900), *payments(10, ago=35 * DAY - SECOND)), POLICY) is None
    assert large(activity(moved(900), *payments(10, ago=DAY), is_complete=False), POLICY) is not None


def test_large_is_what_leaves_and_matters() -> None:
    assert large(activity(moved(900, IN), *payments(10)), POLICY) is None
    assert large(activity(moved(499), *payments(10, dollars=1)), POLICY) is None
    assert large(activity(moved(500), *payments(10, dollars=1)), POLICY) is not None
    anything = FraudPolicy(large=LargeLimits(history_min=0))
    assert large(activity(moved(900)), anything) is None


def test_money_that_passes_through_is_found_with_what_came_and_what_left() -> None:
    came = moved(1_000, IN, LANDLORD, ago=DAY)

    signal = rapid_in_and_out(activity(moved(300, who=STRANGER), moved(500, who=None, ago=HOUR), came), POLICY)

    assert signal is not None
    assert (signal.rule, signal.points) == (Rule.RAPID, 50)
    assert (
        signal.explanation == "800.00 USD left for strangers or as cash within 1 days in which 1000.00 USD had come in"
    )
    assert signal.facts == {"in": "1000.00 USD", "out": "800.00 USD", "percentMin": 80, "windowSeconds": 86_400}


@pytest.mark.parametrize(
    ("movement", "recent"),
    [
        (moved(799, who=STRANGER), [moved(1_000, IN, ago=HOUR)]),
        (moved(800, IN, STRANGER), [moved(1_000, IN, ago=HOUR)]),
        (moved(800, who=STRANGER), [moved(1_000, IN, ago=DAY + SECOND)]),
        (moved(800, who=STRANGER), []),
        (moved(400, who=STRANGER), [moved(499, IN, ago=HOUR)]),
        (moved(100, who=STRANGER), [moved(1_000, IN, ago=HOUR), moved(700, ago=2 * HOUR)]),
        (moved(900, who=LANDLORD), [moved(1_000, IN, ago=HOUR), moved(1, who=LANDLORD, ago=30 * DAY)]),
    ],
    ids=[
        "too little leaves",
        "it comes in",
        "it came too long ago",
        "nothing came",
        "too little came",
        "it left before",
        "to somebody known",
    ],
)
def test_money_that_stays_or_goes_where_it_always_went_is_not(movement: Movement, recent: list[Movement]) -> None:
    assert rapid_in_and_out(activity(movement, *recent), POLICY) is None


def test_a_dormant_account_wakes_up_after_so_many_days() -> None:
    signal = dormant(activity(moved(500), moved(5, ago=180 * DAY)), POLICY)

    assert signal is not None
    assert (signal.rule, signal.points) == (Rule.DORMANT, 30)
    assert signal.explanation == "500.00 USD moved after 180 days in which nothing had"
    assert signal.facts == {
        "quietDays": 180,
        "quietSince": (NOW - 180 * DAY).isoformat(),
        "quietSecondsMin": 15_552_000,
    }
    assert dormant(activity(moved(500), moved(5, ago=180 * DAY - SECOND)), POLICY) is None
    assert dormant(activity(moved(499), moved(5, ago=180 * DAY)), POLICY) is None


def test_what_follows_within_days_is_part_of_waking_up() -> None:
    before, woken = moved(5, ago=190 * DAY), moved(900, IN, ago=3 * DAY)

    assert dormant(activity(moved(800), woken, before), POLICY) is not None
    assert dormant(activity(moved(800), moved(900, IN, ago=3 * DAY + SECOND), before), POLICY) is None


def test_an_account_that_was_never_used_was_dormant_since_it_was_opened() -> None:
    assert dormant(activity(moved(800, IN), opened_ago=180 * DAY), POLICY) is not None
    assert dormant(activity(moved(800, IN), opened_ago=179 * DAY), POLICY) is None
    assert dormant(activity(moved(800), moved(9, ago=HOUR), is_complete=False), POLICY) is None


def test_a_new_payee_is_somebody_who_was_in_no_movement_before() -> None:
    signal = new_payee(activity(moved(500, who=STRANGER), *payments(5)), POLICY)

    assert signal is not None
    assert (signal.rule, signal.points) == (Rule.NEW_PAYEE, 20)
    assert (
        signal.explanation
        == "500.00 USD to somebody who was in none of 5 movements before it, the largest of 100.00 USD"
    )
    assert signal.facts == {
        "amount": "500.00 USD",
        "counterparty": str(STRANGER),
        "movementsBefore": 5,
        "largestBefore": "100.00 USD",
    }


def test_a_record_payment_to_a_new_payee_weighs_more_once_enough_was_paid() -> None:
    def points(dollars: int, *recent: Movement) -> int:
        signal = new_payee(activity(moved(dollars, who=STRANGER), *recent), POLICY)
        return 0 if signal is None else signal.points

    assert points(900, *payments(10, dollars=600)) == 50
    assert points(899, *payments(10, dollars=600)) == 20
    assert points(900, *payments(9, dollars=600)) == 20
    assert points(900, *payments(10, dollars=600, ago=DAY)) == 20


@pytest.mark.parametrize(
    ("movement", "recent"),
    [
        (moved(500, who=STRANGER), payments(4)),
        (moved(500, who=STRANGER), [*payments(4), moved(9, IN)]),
        (moved(500, who=SHOP), payments(5)),
        (moved(500, who=None), payments(5)),
        (moved(500, IN, STRANGER), payments(5)),
        (moved(499, who=STRANGER), payments(5)),
        (moved(500, who=STRANGER), [*payments(5), moved(9, IN, STRANGER)]),
    ],
    ids=["too few payments", "of which one came in", "known", "cash", "comes in", "small", "has paid us"],
)
def test_nobody_else_is_a_new_payee(movement: Movement, recent: list[Movement]) -> None:
    assert new_payee(activity(movement, *recent), POLICY) is None


def test_a_score_is_the_sum_of_its_signals_weightiest_first() -> None:
    found = score(activity(moved(1_500, who=STRANGER), *payments(10)), POLICY)

    assert [(signal.rule, signal.points) for signal in found.signals] == [(Rule.LARGE, 50), (Rule.NEW_PAYEE, 50)]
    assert (found.points, found.rules) == (100, frozenset({Rule.LARGE, Rule.NEW_PAYEE}))
    assert score(activity(moved(5)), POLICY).points == 0


def test_a_rule_without_points_finds_nothing() -> None:
    silent = FraudPolicy(
        velocity=VelocityLimits(points=0),
        structuring=StructuringLimits(points=0),
        large=LargeLimits(points=0),
        rapid=RapidLimits(points=0),
        dormant=DormantLimits(points=0),
        new_payee=NewPayeeLimits(points=0, record_points=0),
    )

    assert score(activity(moved(1_500, who=STRANGER), *payments(10)), silent).signals == ()


@pytest.mark.parametrize(
    ("window_s", "shown"), [(90, "90 seconds"), (120, "2 minutes"), (7_200, "2 hours"), (172_800, "2 days")]
)
def test_a_period_is_told_in_its_largest_whole_unit(window_s: int, shown: str) -> None:
    policy = FraudPolicy(velocity=VelocityLimits(window_s=window_s, count_min=1))

    signal = velocity(activity(moved(1)), policy)

    assert signal is not None
    assert signal.explanation.endswith(f"within {shown}")


def test_sums_beyond_what_an_amount_can_say_are_explained_too() -> None:
    most = moved(1, who=STRANGER)._replace(amount_minor=MINOR_MAX)

    found = score(activity(most, replace_direction(most), replace_direction(most)), POLICY)

    assert Rule.RAPID not in found.rules
    policy = replace(POLICY, rapid=RapidLimits(percent_min=1))
    assert f"{2 * MINOR_MAX // 100}.14 USD" in str(
        score(activity(most, replace_direction(most), replace_direction(most)), policy).signals[0].explanation
    )


def replace_direction(movement: Movement) -> Movement:
    return movement._replace(direction=IN, at=movement.at - HOUR)
