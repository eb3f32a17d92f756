"""The rules: each a pure function of an account's activity and the tenant's policy."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Final

from bankcore.fraud.activity import AccountActivity, Direction, Movement
from bankcore.fraud.policy import FraudPolicy, LargeLimits
from bankcore.fraud.signals import Rule, Score, Signal

FraudRule = Callable[[AccountActivity, FraudPolicy], Signal | None]
_HUNDRED_PERCENT: Final = 100


def velocity(activity: AccountActivity, policy: FraudPolicy) -> Signal | None:
    """Many movements out of the account in a short time, as of a stolen card that is being emptied."""
    limits = policy.velocity
    count = sum(movement.direction is Direction.OUT for movement in activity.within(limits.window_s))
    if activity.movement.direction is not Direction.OUT or count < limits.count_min:
        return None
    period = _period(limits.window_s)
    return Signal(
        Rule.VELOCITY,
        limits.points,
        f"{count} movements out of the account within {period}",
        {"count": count, "countMin": limits.count_min, "windowSeconds": limits.window_s},
    )


def structuring(activity: AccountActivity, policy: FraudPolicy) -> Signal | None:
    """An amount that would have to be reported, cut into parts that would not."""
    limits = policy.structuring
    threshold_minor = policy.threshold_minor.get(activity.currency.code)
    if threshold_minor is None:
        return None
    parts = [
        movement.amount_minor
        for movement in activity.within(limits.window_s)
        if movement.direction is activity.movement.direction
        and movement.amount_minor < threshold_minor
        and movement.amount_minor * _HUNDRED_PERCENT >= threshold_minor * limits.near_percent
    ]
    is_part = activity.movement.amount_minor in parts
    if not is_part or len(parts) < limits.count_min or sum(parts) < threshold_minor:
        return None
    total, threshold = activity.money(sum(parts)), activity.money(threshold_minor)
    return Signal(
        Rule.STRUCTURING,
        limits.points,
        f"{len(parts)} movements of {total} in total within {_period(limits.window_s)}, each just below {threshold}",
        {"count": len(parts), "total": total, "threshold": threshold, "windowSeconds": limits.window_s},
    )


def large(activity: AccountActivity, policy: FraudPolicy) -> Signal | None:
    """Far more than ever left the account before."""
    limits, movement = policy.large, activity.movement
    earlier = activity.earlier(Direction.OUT)
    if movement.direction is not Direction.OUT or not _is_long_enough(activity, earlier, limits):
        return None
    largest_minor = max(before.amount_minor for before in earlier)
    is_large = movement.amount_minor >= largest_minor * limits.multiple
    if not is_large or not policy.is_significant(movement.amount_minor, activity.currency.code):
        return None
    amount, largest = activity.money(movement.amount_minor), activity.money(largest_minor)
    return Signal(
        Rule.LARGE,
        limits.points,
        f"{amount} is at least {limits.multiple} times the largest of {len(earlier)} payments before it, {largest}",
        {"amount": amount, "largestBefore": largest, "paymentsBefore": len(earlier), "multiple": limits.multiple},
    )


def rapid_in_and_out(activity: AccountActivity, policy: FraudPolicy) -> Signal | None:
    """Money that only passes through, as on the account of somebody who lends it to thieves.

    What goes to people whom the account knew before is left out: rent on pay day is no fraud.
    """
    limits = policy.rapid
    window = list(activity.within(limits.window_s))
    received = [movement for movement in window if movement.direction is Direction.IN]
    if not received:
        return None
    first_at = min(movement.at for movement in received)
    known = {movement.counterparty for movement in activity.recent if movement.at < first_at} - {None}
    passed_on = [
        movement
        for movement in window
        if movement.direction is Direction.OUT and movement.at >= first_at and movement.counterparty not in known
    ]
    if activity.movement not in passed_on:
        return None
    in_minor = sum(movement.amount_minor for movement in received)
    out_minor = sum(movement.amount_minor for movement in passed_on)
    passes_through = out_minor * _HUNDRED_PERCENT >= in_minor * limits.percent_min
    if not passes_through or not policy.is_significant(in_minor, activity.currency.code):
        return None
    arrived, left = activity.money(in_minor), activity.money(out_minor)
    return Signal(
        Rule.RAPID,
        limits.points,
        f"{left} left for strangers or as cash within {_period(limits.window_s)} in which {arrived} had come in",
        {"in": arrived, "out": left, "percentMin": limits.percent_min, "windowSeconds": limits.window_s},
    )


def dormant(activity: AccountActivity, policy: FraudPolicy) -> Signal | None:
    """Money moves on an account that nobody had touched for a long time, or ever."""
    limits, movement = policy.dormant, activity.movement
    woken_at = min(awake.at for awake in activity.within(limits.awake_s))
    before = [earlier.at for earlier in activity.recent if earlier.at < woken_at]
    if not before and not activity.history.is_complete:
        return None
    quiet_since = max(before, default=activity.history.opened_at)
    quiet = woken_at - quiet_since
    is_long = quiet >= timedelta(seconds=limits.quiet_s)
    if not is_long or not policy.is_significant(movement.amount_minor, activity.currency.code):
        return None
    return Signal(
        Rule.DORMANT,
        limits.points,
        f"{activity.money(movement.amount_minor)} moved after {quiet.days} days in which nothing had",
        {"quietDays": quiet.days, "quietSince": quiet_since.isoformat(), "quietSecondsMin": limits.quiet_s},
    )


def new_payee(activity: AccountActivity, policy: FraudPolicy) -> Signal | None:
    """A payment to somebody the account never had to do with; alone it means little."""
    limits, movement = policy.new_payee, activity.movement
    known = {earlier.counterparty for earlier in activity.recent}
    payments = activity.earlier(Direction.OUT)
    if movement.direction is not Direction.OUT or movement.counterparty is None or movement.counterparty in known:
        return None
    if len(payments) < limits.history_min or not policy.is_significant(movement.amount_minor, activity.currency.code):
        return None
    largest_minor = max((payment.amount_minor for payment in payments), default=0)
    amount, largest = activity.money(movement.amount_minor), activity.money(largest_minor)
    is_record = movement.amount_minor * _HUNDRED_PERCENT >= largest_minor * limits.record_percent
    return Signal(
        Rule.NEW_PAYEE,
        limits.record_points if is_record and _is_long_enough(activity, payments, policy.large) else limits.points,
        f"{amount} to somebody who was in none of {len(activity.recent)} movements before it, the largest of {largest}",
        {
            "amount": amount,
            "counterparty": str(movement.counterparty),
            "movementsBefore": len(activity.recent),
            "largestBefore": largest,
        },
    )


RULES: Final[tuple[FraudRule, ...]] = (velocity, structuring, large, rapid_in_and_out, dormant, new_payee)


def score(activity: AccountActivity, policy: FraudPolicy) -> Score:
    """What all rules find; those without points find nothing."""
    signals = (rule(activity, policy) for rule in RULES)
    return Score.of(signal for signal in signals if signal is not None and signal.points > 0)


def _is_long_enough(activity: AccountActivity, payments: Sequence[Movement], limits: LargeLimits) -> bool:
    """Whether the payments show what the account pays: enough of them, and those of a month among them."""
    if not payments or len(payments) < limits.history_min:
        return False
    first_at = min(payment.at for payment in payments)
    return activity.movement.at - first_at >= timedelta(seconds=limits.history_s) or not activity.history.is_complete


def _period(seconds: int) -> str:
    """The time in its largest whole unit."""
    for unit, length_s in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds >= length_s and seconds % length_s == 0:
            return f"{seconds // length_s} {unit}"
    return f"{seconds} seconds"
