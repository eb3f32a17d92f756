"""What is remembered of an account, and what is forgotten."""

from datetime import timedelta
from uuid import UUID

from bankcore.fraud.activity import FLOWS_MAX, NUMBER_MAX, PAYEES_MAX, PAYERS_MAX, Flow, Payments
from bankcore.fraud.movements import seconds_of
from bankcore.fraud.policy import FraudPolicy, RapidLimits, StructuringLimits, VelocityLimits
from bankcore.fraud.rules import rapid_in_and_out, structuring, velocity
from bankcore.identifiers import AccountId
from bankcore.money import MINOR_MAX
from tests.unit.fraud.activities import IN, LANDLORD, NOW, OUT, STRANGER, activity, found, moved

SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
OTHERS = [AccountId(UUID(int=number)) for number in range(100, 100 + PAYEES_MAX)]


def test_whom_the_account_pays_again_and_again_is_never_forgotten() -> None:
    payments = [moved(1, who=LANDLORD, ago=30 * DAY)]
    payments += [moved(1, who=who, ago=20 * DAY - number * HOUR) for number, who in enumerate(OTHERS[1:])]
    payments += [moved(1, who=LANDLORD, ago=2 * DAY), moved(1, who=OTHERS[0], ago=DAY)]

    remembered = activity(*payments)

    assert remembered.first_met_s(LANDLORD) == seconds_of(NOW - 30 * DAY)
    assert remembered.first_met_s(OTHERS[1]) is None
    assert remembered.first_met_s(OTHERS[2]) is not None


def test_who_paid_the_account_is_known_as_long_as_few_others_did_since() -> None:
    received = [moved(1, IN, who, ago=HOUR - number * SECOND) for number, who in enumerate(OTHERS[: PAYERS_MAX + 1])]

    remembered = activity(*received)

    assert remembered.first_met_s(OTHERS[0]) is None
    assert remembered.first_met_s(OTHERS[1]) == received[1].at_s
    assert activity(*received, moved(1, OUT, OTHERS[1])).first_met_s(OTHERS[1]) == received[1].at_s


def test_the_largest_payment_of_one_generation_before_the_present_one_still_counts() -> None:
    house = moved(90_000, ago=900 * DAY)

    assert activity(house, moved(1, ago=600 * DAY)).payments.largest_minor == 9_000_000
    second = activity(house, moved(1, ago=600 * DAY), moved(2, ago=450 * DAY), moved(3, ago=60 * DAY))
    assert second.payments.largest_minor == 9_000_000
    third = activity(house, moved(1, ago=600 * DAY), moved(2, ago=480 * DAY), moved(3, ago=30 * DAY))
    assert third.payments.largest_minor == 300


def test_so_many_payments_that_nobody_counts_them_any_more_are_the_most_there_are() -> None:
    most = Payments(NUMBER_MAX, 1, 1, 5, 0)

    assert most.and_one(9, 2) == Payments(NUMBER_MAX, 1, 1, 9, 0)


def test_what_came_in_and_left_is_added_up_where_it_is_close_together() -> None:
    came = [moved(10, IN, ago=20 * HOUR), moved(10, IN, ago=4 * HOUR), moved(5, IN, ago=3 * HOUR)]
    left = [moved(7, who=STRANGER, ago=2 * HOUR), moved(6, who=None, ago=HOUR)]

    remembered = activity(*came, *left)

    assert len(remembered.flows) == FLOWS_MAX
    assert remembered.flows[:2] == (
        Flow(seconds_of(NOW - 20 * HOUR), 1_000, 0),
        Flow(seconds_of(NOW - 4 * HOUR), 1_500, 0),
    )
    assert activity(*came, *left, moved(5, IN)).flows[1] == Flow(seconds_of(NOW - 4 * HOUR), 1_500, 700)


def test_sums_of_flows_beyond_the_largest_amount_stay_there() -> None:
    most = moved(1, IN)._replace(amount_minor=MINOR_MAX)

    remembered = activity(*(most._replace(at_s=most.at_s - number) for number in range(FLOWS_MAX + 1)))

    assert remembered.flows[0].in_minor == MINOR_MAX


def test_what_left_before_the_first_income_of_the_window_is_not_passed_on() -> None:
    came_and_left = [moved(900, IN, ago=DAY + HOUR), moved(800, who=None, ago=2 * HOUR)]
    policy = FraudPolicy(rapid=RapidLimits(percent_min=80))

    signal = found(
        rapid_in_and_out, moved(800, who=STRANGER), *came_and_left, moved(1_000, IN, ago=HOUR), policy=policy
    )

    assert signal is not None
    assert signal.facts["out"] == "800.00 USD"


def test_so_many_are_remembered_as_the_policy_needs() -> None:
    policy = FraudPolicy(
        velocity=VelocityLimits(count_min=3), structuring=StructuringLimits(count_min=2, near_percent=25)
    )
    parts = [moved(2_500, ago=number * SECOND) for number in range(1, 9)]

    remembered = activity(*parts, policy=policy)
    none = activity(*parts, policy=FraudPolicy(velocity=VelocityLimits(count_min=1)))

    assert (len(remembered.payment_times_s), len(remembered.parts_out), len(remembered.parts_in)) == (2, 3, 0)
    assert (none.payment_times_s, none.parts_out) == ((), ())
    assert found(velocity, moved(1), *parts, policy=policy) is not None
    signal = found(structuring, moved(2_500), *parts, policy=policy)
    assert signal is not None
    assert signal.facts["total"] == "10000.00 USD"
