"""The rules: each a pure function of an account's activity, the movement that follows it and the tenant's policy."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from bankcore.fraud.activity import AccountActivity, Payments
from bankcore.fraud.movements import Direction, Movement
from bankcore.fraud.policy import FraudPolicy, LargeLimits
from bankcore.fraud.signals import NOTHING, Rule, Score, Signal

FraudRule = Callable[[AccountActivity, Movement, FraudPolicy], Signal | None]
_HUNDRED_PERCENT: Final = 100


def velocity(activity: AccountActivity, movement: Movement, policy: FraudPolicy) -> Signal | None:
    """Many movements out of the account in a short time, as with a stolen card.

    No more of them are remembered than the rule needs, so there may have been more.
    """
    limits = policy.velocity
    if movement.direction is not Direction.OUT:
        return None
    begin_s = movement.at_s - limits.window_s
    count = 1 + sum(at_s >= begin_s for at_s in activity.payment_times_s)
    if count < limits.count_min:
        return None
    return Signal(
        Rule.VELOCITY,
        limits.points,
        f"at least {count} movements out of the account within {_period(limits.window_s)}",
        {"count": count, "countMin": limits.count_min, "windowSeconds": limits.window_s},
    )


def structuring(activity: AccountActivity, movement: Movement, policy: FraudPolicy) -> Signal | None:
    """An amount that would have to be reported, cut into parts that would not; there may have been more of them."""
    limits, code = policy.structuring, movement.currency.code
    if not policy.is_part(movement.amount_minor, code):
        return None
    begin_s = movement.at_s - limits.window_s
    before = activity.parts_in if movement.direction is Direction.IN else activity.parts_out
    parts = [part.amount_minor for part in before if part.at_s >= begin_s and policy.is_part(part.amount_minor, code)]
    parts.append(movement.amount_minor)
    threshold_minor = policy.threshold_minor[code]
    if len(parts) < limits.count_min or sum(parts) < threshold_minor:
        return None
    total, threshold, period = movement.money(sum(parts)), movement.money(threshold_minor), _period(limits.window_s)
    return Signal(
        Rule.STRUCTURING,
        limits.points,
        f"at least {len(parts)} movements of {total} in total within {period}, each just below {threshold}",
        {"count": len(parts), "total": total, "threshold": threshold, "windowSeconds": limits.window_s},
    )


def large(activity: AccountActivity, movement: Movement, policy: FraudPolicy) -> Signal | None:
    """Far more than left the account before."""
    limits, payments = policy.large, activity.payments
    if movement.direction is not Direction.OUT or movement.amount_minor < payments.largest_minor * limits.multiple:
        return None
    is_long_enough = _is_long_enough(payments, movement, limits)
    if not is_long_enough or not policy.is_significant(movement.amount_minor, movement.currency.code):
        return None
    amount, largest = movement.money(movement.amount_minor), movement.money(payments.largest_minor)
    return Signal(
        Rule.LARGE,
        limits.points,
        f"{amount} is at least {limits.multiple} times the largest of {payments.number} payments before it, {largest}",
        {"amount": amount, "largestBefore": largest, "paymentsBefore": payments.number, "multiple": limits.multiple},
    )


def rapid_in_and_out(activity: AccountActivity, movement: Movement, policy: FraudPolicy) -> Signal | None:
    """Money that only passes through, as on an account that is lent to thieves.

    Payments to accounts that were known before are left out: rent on pay day is no fraud.
    """
    limits = policy.rapid
    flows = activity.flows_before(movement, limits)
    if not activity.is_passed_on(movement, flows):
        return None
    in_minor = sum(flow.in_minor for flow in flows)
    out_minor = sum(flow.out_minor for flow in flows) + movement.amount_minor
    passes_through = out_minor * _HUNDRED_PERCENT >= in_minor * limits.percent_min
    if not passes_through or not policy.is_significant(in_minor, movement.currency.code):
        return None
    arrived, left = movement.money(in_minor), movement.money(out_minor)
    return Signal(
        Rule.RAPID,
        limits.points,
        f"{left} left for strangers or as cash within {_period(limits.window_s)} in which {arrived} had come in",
        {"in": arrived, "out": left, "percentMin": limits.percent_min, "windowSeconds": limits.window_s},
    )


def dormant(activity: AccountActivity, movement: Movement, policy: FraudPolicy) -> Signal | None:
    """Money moves on an account that was unused for a long time, or ever."""
    limits = policy.dormant
    silence = activity.silence_before(movement, limits)
    quiet_s = silence.until_s - silence.since_s
    if quiet_s < limits.quiet_s or movement.at_s - silence.until_s > limits.awake_s:
        return None
    if not policy.is_significant(movement.amount_minor, movement.currency.code):
        return None
    quiet, since = timedelta(seconds=quiet_s), datetime.fromtimestamp(silence.since_s, UTC)
    return Signal(
        Rule.DORMANT,
        limits.points,
        f"{movement.money(movement.amount_minor)} moved after {quiet.days} days in which nothing had",
        {"quietDays": quiet.days, "quietSince": since.isoformat(), "quietSecondsMin": limits.quiet_s},
    )


def new_payee(activity: AccountActivity, movement: Movement, policy: FraudPolicy) -> Signal | None:
    """A payment to an account that this one had nothing to do with lately; alone it means little."""
    limits, payments, counterparty = policy.new_payee, activity.payments, movement.counterparty
    if movement.direction is not Direction.OUT or counterparty is None or payments.number < limits.history_min:
        return None
    is_significant = policy.is_significant(movement.amount_minor, movement.currency.code)
    if not is_significant or activity.first_met_s(counterparty) is not None:
        return None
    amount, largest = movement.money(movement.amount_minor), movement.money(payments.largest_minor)
    is_record = movement.amount_minor * _HUNDRED_PERCENT >= payments.largest_minor * limits.record_percent
    return Signal(
        Rule.NEW_PAYEE,
        limits.record_points if is_record and _is_long_enough(payments, movement, policy.large) else limits.points,
        f"{amount} to somebody the account is not known to have dealt with; the largest of {payments.number} payments"
        f" before it was {largest}",
        {
            "amount": amount,
            "counterparty": str(counterparty),
            "paymentsBefore": payments.number,
            "largestBefore": largest,
        },
    )


RULES: Final[tuple[FraudRule, ...]] = (velocity, structuring, large, rapid_in_and_out, dormant, new_payee)


def score(activity: AccountActivity, movement: Movement, policy: FraudPolicy) -> Score:
    """What all rules find; those without points find nothing."""
    signals = [
        signal for rule in RULES if (signal := rule(activity, movement, policy)) is not None and signal.points > 0
    ]
    return Score.of(signals) if signals else NOTHING


def _is_long_enough(payments: Payments, movement: Movement, limits: LargeLimits) -> bool:
    """Whether the payments show what the account usually pays: enough of them, over more than a month."""
    is_enough = 0 < payments.number >= limits.history_min
    return is_enough and movement.at_s - payments.first_s >= limits.history_s


def _period(seconds: int) -> str:
    """The time in its largest whole unit."""
    for unit, length_s in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds >= length_s and seconds % length_s == 0:
            return f"{seconds // length_s} {unit}"
    return f"{seconds} seconds"
