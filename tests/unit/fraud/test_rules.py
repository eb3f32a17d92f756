"""Each rule at its limits, and how it explains itself."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bankcore.fraud.movements import Movement
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
from tests.unit.fraud.activities import IN, LANDLORD, NOW, OUT, POLICY, SHOP, STRANGER, found, moved

SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)


def payments(count: int, *, dollars: int = 100, ago: timedelta = 40 * DAY) -> list[Movement]:
    return [moved(dollars, ago=ago - number * HOUR) for number in range(count)]


def test_velocity_counts_what_left_within_the_window_this_movement_among_it() -> None:
    nine = [moved(5, ago=number * SECOND) for number in range(1, 10)]

    signal = found(velocity, moved(5), *nine)

    assert signal == Signal(
        Rule.VELOCITY,
        50,
        "at least 10 movements out of the account within 1 hours",
        {"count": 10, "countMin": 10, "windowSeconds": 3_600},
    )
    assert found(velocity, moved(5), *nine[1:]) is None


def test_velocity_ends_at_the_edge_of_the_window_and_leaves_out_what_came_in() -> None:
    eight = [moved(5, ago=number * SECOND) for number in range(1, 9)]

    assert found(velocity, moved(5), *eight, moved(5, ago=HOUR)) is not None
    assert found(velocity, moved(5), *eight, moved(5, ago=HOUR + SECOND)) is None
    assert found(velocity, moved(5), *eight, moved(5, IN)) is None
    assert found(velocity, moved(5, IN), *eight, moved(5), moved(5)) is None


def test_structuring_finds_parts_that_stay_just_below_the_threshold() -> None:
    parts = [moved(9_000, IN, None, ago=2 * DAY), moved(6_000, IN, None, ago=7 * DAY)]

    signal = found(structuring, moved(9_999, IN, None), *parts)

    assert signal is not None
    assert (signal.rule, signal.points) == (Rule.STRUCTURING, 60)
    assert signal.explanation == (
        "at least 3 movements of 24999.00 USD in total within 7 days, each just below 10000.00 USD"
    )
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
    assert found(structuring, movement, moved(9_000, IN), other) is None


def test_parts_that_stay_below_the_threshold_together_are_none() -> None:
    policy = FraudPolicy(structuring=StructuringLimits(near_percent=0, count_min=2))

    assert found(structuring, moved(4_000), moved(5_999), policy=policy) is None
    assert found(structuring, moved(4_000), moved(6_000), policy=policy) is not None


def test_a_currency_without_a_threshold_has_no_structuring() -> None:
    part = moved(9_000, currency=Currency.of("CHF"))

    assert found(structuring, part, part, part) is None


def test_large_is_so_many_times_what_ever_left() -> None:
    signal = found(large, moved(1_500), *payments(9), moved(500, ago=DAY))

    assert signal is not None
    assert (signal.rule, signal.points) == (Rule.LARGE, 50)
    assert signal.explanation == "1500.00 USD is at least 3 times the largest of 10 payments before it, 500.00 USD"
    assert signal.facts == {
        "amount": "1500.00 USD",
        "largestBefore": "500.00 USD",
        "paymentsBefore": 10,
        "multiple": 3,
    }
    assert found(large, moved(1_499), *payments(9), moved(500, ago=DAY)) is None


def test_large_needs_enough_payments_of_long_enough_before_it() -> None:
    assert found(large, moved(900), *payments(10)) is not None
    assert found(large, moved(900), *payments(9)) is None
    assert found(large, moved(900), *payments(9), moved(100, IN)) is None
    assert found(large, moved(900), *payments(10, ago=35 * DAY)) is not None
    assert found(large, moved(900), *payments(10, ago=35 * DAY - SECOND)) is None
    assert found(large, moved(900), *payments(10, ago=DAY), is_complete=False) is not None


def test_large_is_what_leaves_and_matters() -> None:
    assert found(large, moved(900, IN), *payments(10)) is None
    assert found(large, moved(499), *payments(10, dollars=1)) is None
    assert found(large, moved(500), *payments(10, dollars=1)) is not None
    anything = FraudPolicy(large=LargeLimits(history_min=0))
    assert found(large, moved(900), policy=anything) is None


def test_money_that_passes_through_is_found_with_what_came_and_what_left() -> None:
    came = moved(1_000, IN, LANDLORD, ago=DAY)

    signal = found(rapid_in_and_out, moved(300, who=STRANGER), moved(500, who=None, ago=HOUR), came)

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
    assert found(rapid_in_and_out, movement, *recent) is None


def test_a_dormant_account_wakes_up_after_so_many_days() -> None:
    signal = found(dormant, moved(500), moved(5, ago=180 * DAY))

    assert signal is not None
    assert (signal.rule, signal.points) == (Rule.DORMANT, 30)
    assert signal.explanation == "500.00 USD moved after 180 days in which nothing had"
    assert signal.facts == {
        "quietDays": 180,
        "quietSince": (NOW - 180 * DAY).isoformat(),
        "quietSecondsMin": 15_552_000,
    }
    assert found(dormant, moved(500), moved(5, ago=180 * DAY - SECOND)) is None
    assert found(dormant, moved(499), moved(5, ago=180 * DAY)) is None


def test_what_follows_within_days_is_part_of_waking_up() -> None:
    before, woken = moved(5, ago=190 * DAY), moved(900, IN, ago=3 * DAY)

    assert found(dormant, moved(800), woken, before) is not None
    assert found(dormant, moved(800), moved(900, IN, ago=3 * DAY + SECOND), before) is None


def test_an_account_that_was_never_used_was_dormant_since_it_was_opened() -> None:
    assert found(dormant, moved(800, IN), opened_ago=180 * DAY) is not None
    assert found(dormant, moved(800, IN), opened_ago=179 * DAY) is None
    assert found(dormant, moved(800), moved(9, ago=HOUR), is_complete=False) is None


def test_a_new_payee_is_somebody_who_was_in_no_movement_before() -> None:
    signal = found(new_payee, moved(500, who=STRANGER), *payments(5))

    assert signal is not None
    assert (signal.rule, signal.points) == (Rule.NEW_PAYEE, 20)
    assert signal.explanation == (
        "500.00 USD to somebody the account is not known to have dealt with;"
        " the largest of 5 payments before it was 100.00 USD"
    )
    assert signal.facts == {
        "amount": "500.00 USD",
        "counterparty": str(STRANGER),
        "paymentsBefore": 5,
        "largestBefore": "100.00 USD",
    }


def test_a_record_payment_to_a_new_payee_weighs_more_once_enough_was_paid() -> None:
    def points(dollars: int, *recent: Movement) -> int:
        signal = found(new_payee, moved(dollars, who=STRANGER), *recent)
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
    assert found(new_payee, movement, *recent) is None


def test_a_score_is_the_sum_of_its_signals_weightiest_first() -> None:
    scored = found(score, moved(1_500, who=STRANGER), *payments(10))

    assert [(signal.rule, signal.points) for signal in scored.signals] == [(Rule.LARGE, 50), (Rule.NEW_PAYEE, 50)]
    assert (scored.points, scored.rules) == (100, frozenset({Rule.LARGE, Rule.NEW_PAYEE}))
    assert found(score, moved(5)).points == 0


def test_a_rule_without_points_finds_nothing() -> None:
    silent = FraudPolicy(
        velocity=VelocityLimits(points=0),
        structuring=StructuringLimits(points=0),
        large=LargeLimits(points=0),
        rapid=RapidLimits(points=0),
        dormant=DormantLimits(points=0),
        new_payee=NewPayeeLimits(points=0, record_points=0),
    )

    assert found(score, moved(1_500, who=STRANGER), *payments(10), policy=silent).signals == ()


@pytest.mark.parametrize(
    ("window_s", "shown"), [(90, "90 seconds"), (120, "2 minutes"), (7_200, "2 hours"), (172_800, "2 days")]
)
def test_a_period_is_told_in_its_largest_whole_unit(window_s: int, shown: str) -> None:
    policy = FraudPolicy(velocity=VelocityLimits(window_s=window_s, count_min=1))

    signal = found(velocity, moved(1), policy=policy)

    assert signal is not None
    assert signal.explanation.endswith(f"within {shown}")


def test_sums_beyond_what_an_amount_can_say_are_explained_too() -> None:
    most = moved(1, who=STRANGER)._replace(amount_minor=MINOR_MAX)

    scored = found(score, most, replace_direction(most), replace_direction(most))

    assert Rule.RAPID not in scored.rules
    policy = replace(POLICY, rapid=RapidLimits(percent_min=1))
    scored = found(score, most, replace_direction(most), replace_direction(most), policy=policy)
    assert f"{2 * MINOR_MAX // 100}.14 USD" in str(scored.signals[0].explanation)


def replace_direction(movement: Movement) -> Movement:
    return movement._replace(direction=IN, at_s=movement.at_s - 3_600)
