"""What is remembered of an account: a few hundred bytes, whatever has happened on it (docs/adr/0036)."""

from collections.abc import Iterable
from itertools import pairwise
from typing import Final, NamedTuple, Self

from bankcore.fraud.movements import Direction, Movement
from bankcore.fraud.policy import DormantLimits, FraudPolicy, RapidLimits, VelocityLimits
from bankcore.identifiers import AccountId
from bankcore.money import MINOR_MAX

ENTRIES_MAX: Final = 200
"""How many entries of an account are read, once, if it had some before it had an activity."""

KEPT_MAX: Final = 200
"""How many payments, and how many parts in each direction, are remembered at most, whatever a policy asks for."""

PAYEES_MAX: Final = 20
PAYERS_MAX: Final = 4
FLOWS_MAX: Final = 4
NUMBER_MAX: Final = 2**32 - 1
_GENERATION_S: Final = 400 * 86_400


class History(NamedTuple):
    """When an account was opened, and movements of it, oldest first; complete if no earlier one is missing."""

    opened_s: int
    movements: tuple[Movement, ...]
    is_complete: bool


class Silence(NamedTuple):
    """The last long time without movements; if there was none, it begins and ends when the account was opened."""

    since_s: int
    until_s: int


class Payments(NamedTuple):
    """The payments out of the account so far: how many, since when, and the largest.

    The largest one is kept for the last 400 days and for the 400 days before, so that one payment for a house does not
    hide for ever what is much for this account.
    """

    number: int
    first_s: int
    generation_s: int
    largest_of_generation_minor: int
    largest_before_minor: int

    @property
    def largest_minor(self) -> int:
        """The largest one; 0 if there was none."""
        return max(self.largest_of_generation_minor, self.largest_before_minor)

    def and_one(self, amount_minor: int, at_s: int) -> Self:
        """The payments with this one too."""
        number = min(self.number + 1, NUMBER_MAX)
        if self.number == 0:
            return type(self)(number, self.first_s or at_s, at_s, amount_minor, 0)
        if at_s - self.generation_s >= _GENERATION_S:
            return type(self)(number, self.first_s, at_s, amount_minor, self.largest_of_generation_minor)
        largest_minor = max(self.largest_of_generation_minor, amount_minor)
        return type(self)(number, self.first_s, self.generation_s, largest_minor, self.largest_before_minor)


class Part(NamedTuple):
    """A movement that came near the threshold from below."""

    at_s: int
    amount_minor: int


class Flow(NamedTuple):
    """Some of the money that came in, and of that which left for strangers or as cash, from that second on."""

    since_s: int
    in_minor: int
    out_minor: int


class Acquaintances(NamedTuple):
    """The accounts that this one had to do with, the latest last: a mark of each, and when it was met first."""

    marks: tuple[int, ...]
    met_s: tuple[int, ...]

    def first_met_s(self, mark: int) -> int | None:
        """When that account was met first; None if never, or if too many others were met since the last time."""
        return self.met_s[self.marks.index(mark)] if mark in self.marks else None

    def meeting(self, mark: int, met_s: int, *, most: int) -> Self:
        """The acquaintances with that account as the latest; the one that was not met for longest may be forgotten."""
        marks, times_s = self
        if mark in marks:
            place = marks.index(mark)
            met_s = times_s[place]
            marks, times_s = marks[:place] + marks[place + 1 :], times_s[:place] + times_s[place + 1 :]
        return type(self)(latest((*marks, mark), most), latest((*times_s, met_s), most))


_NOBODY: Final = Acquaintances((), ())


class AccountActivity(NamedTuple):
    """What the rules know of an account before a movement: a value of bounded size, and all times taken from movements.

    How many of a kind are remembered is what the policy asks for at the time, so that another policy counts from then
    on. A tuple, because two are made for each movement of each account.
    """

    last_s: int
    silence: Silence
    payments: Payments
    payment_times_s: tuple[int, ...]
    parts_in: tuple[Part, ...]
    parts_out: tuple[Part, ...]
    flows: tuple[Flow, ...]
    payees: Acquaintances
    payers: Acquaintances

    @classmethod
    def of_new(cls, opened_s: int) -> Self:
        """The activity of an account without movements since its opening."""
        nothing = Payments(0, 0, 0, 0, 0)
        return cls(opened_s, Silence(opened_s, opened_s), nothing, (), (), (), (), _NOBODY, _NOBODY)

    @classmethod
    def before(cls, history: History) -> Self:
        """The activity of an account before this history, of which nothing else is known.

        If the history is not complete, the silence before it is unknown, and the account counts as having paid since
        its opening.
        """
        opened_s, movements, is_complete = history
        activity = cls.of_new(opened_s)
        if is_complete or not movements:
            return activity
        first_s = movements[0].at_s
        return activity._replace(
            last_s=first_s, silence=Silence(first_s, first_s), payments=Payments(0, opened_s, 0, 0, 0)
        )

    def after_all(self, movements: Iterable[Movement], policy: FraudPolicy) -> Self:
        """The activity after these movements, one after another."""
        activity = self
        for movement in movements:
            activity = activity.after(movement, policy)
        return activity

    def after(self, movement: Movement, policy: FraudPolicy) -> Self:
        """The activity after the movement."""
        _amount_minor, _currency, direction, counterparty, at_s = movement
        last_s, _silence, payments, times_s, parts_in, parts_out, _flows, payees, payers = self
        mark = None if counterparty is None else mark_of(counterparty)
        met_s = None if counterparty is None else self.first_met_s(counterparty)
        met_s = at_s if met_s is None else met_s
        if direction is Direction.OUT:
            payments = payments.and_one(movement.amount_minor, at_s)
            times_s = _times_after(times_s, at_s, policy.velocity)
            parts_out = _parts_after(parts_out, movement, policy)
            payees = payees if mark is None else payees.meeting(mark, met_s, most=PAYEES_MAX)
        else:
            parts_in = _parts_after(parts_in, movement, policy)
            payers = payers if mark is None else payers.meeting(mark, met_s, most=PAYERS_MAX)
        return type(self)(
            max(last_s, at_s),
            self.silence_before(movement, policy.dormant),
            payments,
            times_s,
            parts_in,
            parts_out,
            self._flows_after(movement, policy.rapid),
            payees,
            payers,
        )

    def first_met_s(self, counterparty: AccountId) -> int | None:
        """When the account first had to do with that one, as far as it is remembered."""
        mark = mark_of(counterparty)
        paid_s, was_paid_s = self.payees.first_met_s(mark), self.payers.first_met_s(mark)
        if paid_s is None or was_paid_s is None:
            return was_paid_s if paid_s is None else paid_s
        return min(paid_s, was_paid_s)

    def silence_before(self, movement: Movement, limits: DormantLimits) -> Silence:
        """The last long silence, which this movement may have ended."""
        if movement.at_s - self.last_s >= limits.quiet_s:
            return Silence(self.last_s, movement.at_s)
        return self.silence

    def flows_before(self, movement: Movement, limits: RapidLimits) -> tuple[Flow, ...]:
        """The flows in the window before the movement, from the first income on."""
        begin_s = movement.at_s - limits.window_s
        flows = [flow for flow in self.flows if flow.since_s >= begin_s]
        while flows and flows[0].in_minor == 0:
            del flows[0]
        return tuple(flows)

    def is_passed_on(self, movement: Movement, flows: tuple[Flow, ...]) -> bool:
        """Whether the movement takes the money of these flows to a stranger or out of the bank."""
        if movement.direction is not Direction.OUT or not flows:
            return False
        met_s = None if movement.counterparty is None else self.first_met_s(movement.counterparty)
        return met_s is None or met_s >= flows[0].since_s

    def _flows_after(self, movement: Movement, limits: RapidLimits) -> tuple[Flow, ...]:
        flows = self.flows_before(movement, limits)
        if movement.direction is Direction.IN:
            return _joined((*flows, Flow(movement.at_s, movement.amount_minor, 0)), limits)
        if self.is_passed_on(movement, flows):
            return _joined((*flows, Flow(movement.at_s, 0, movement.amount_minor)), limits)
        return flows


def mark_of(account_id: AccountId) -> int:
    """The last four bytes of the id, which are random: enough to tell apart the few that an account has to do with."""
    return account_id.int & 0xFFFF_FFFF


def latest(items: tuple[int, ...], most: int) -> tuple[int, ...]:
    """The last values, at most that many."""
    return items[-most:] if most > 0 else ()


def _times_after(times_s: tuple[int, ...], at_s: int, limits: VelocityLimits) -> tuple[int, ...]:
    begin_s = at_s - limits.window_s
    kept_s = [time_s for time_s in times_s if time_s >= begin_s]
    return latest((*kept_s, at_s), min(limits.count_min - 1, KEPT_MAX))


def _parts_after(parts: tuple[Part, ...], movement: Movement, policy: FraudPolicy) -> tuple[Part, ...]:
    begin_s = movement.at_s - policy.structuring.window_s
    kept = tuple(part for part in parts if part.at_s >= begin_s) if parts else parts
    if policy.is_part(movement.amount_minor, movement.currency.code):
        most = min(policy.structuring.parts_needed - 1, KEPT_MAX)
        kept = (*kept, Part(movement.at_s, movement.amount_minor))[-most:] if most > 0 else ()
    return kept


def _joined(flows: tuple[Flow, ...], limits: RapidLimits) -> tuple[Flow, ...]:
    """The flows; if there is one too many, the first two that are close to each other become one.

    Of so many flows in one window, two are always closer than a quarter of it. A joined flow counts until its first
    second leaves the window.
    """
    if len(flows) <= FLOWS_MAX:
        return flows
    width_s = limits.window_s // FLOWS_MAX
    gaps_s = [later.since_s - earlier.since_s for earlier, later in pairwise(flows)]
    place = next((number for number, gap_s in enumerate(gaps_s) if gap_s <= width_s), 0)
    earlier, later = flows[place], flows[place + 1]
    one = Flow(
        earlier.since_s,
        min(earlier.in_minor + later.in_minor, MINOR_MAX),
        min(earlier.out_minor + later.out_minor, MINOR_MAX),
    )
    return (*flows[:place], one, *flows[place + 2 :])
