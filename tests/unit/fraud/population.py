"""How often the fraud rules cry wolf, and what they catch: an innocent population, and patterns planted into it.

`python -m tests.unit.fraud.population` prints it for the default policy and 400 people.

No database: the rules are pure, so the population is made in memory, scored and remembered movement by movement, as the
processor does it. The same seed gives the same population.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count

from bankcore.fraud.activity import AccountActivity
from bankcore.fraud.movements import Movement, seconds_of
from bankcore.fraud.policy import FraudPolicy
from bankcore.fraud.rules import score
from bankcore.fraud.signals import Rule, Score
from tests.unit.fraud.people import DAYS, PLANTED, START, somebody


@dataclass(frozen=True, slots=True)
class Innocent:
    """What the rules made of people who did nothing."""

    accounts: int
    movements: int
    suspicious_movements: int
    cases: int
    accounts_with_case: int
    suspicious_per_thousand: float
    signals: dict[str, int]


@dataclass(frozen=True, slots=True)
class Detection:
    """What the rules made of one planted pattern: met by its own rule, and made a case by all of them."""

    pattern: str
    planted: int
    signalled: int
    cases: int


def scores_of(movements: Sequence[Movement], policy: FraudPolicy, *, first: int = 0) -> list[Score]:
    """The score of each movement from that place on."""
    activity, scores = AccountActivity.of_new(seconds_of(START)), []
    for place, movement in enumerate(movements):
        if place >= first:
            scores.append(score(activity, movement, policy))
        activity = activity.after(movement, policy)
    return scores


def cases_in(scores: Sequence[Score], policy: FraudPolicy) -> int:
    """How many cases are opened while none is decided: only what is worse than all before it makes another one."""
    worst = cases = 0
    for found in scores:
        if found.points >= policy.case_points and found.points > worst:
            worst, cases = found.points, cases + 1
    return cases


def measure_innocent(accounts: int, policy: FraudPolicy, chance: random.Random) -> Innocent:
    """Score so many innocent people."""
    strangers = count(1_000_000)
    scored = [scores_of(somebody(chance, strangers).movements, policy) for _ in range(accounts)]
    cases = [cases_in(scores, policy) for scores in scored]
    found = [one for scores in scored for one in scores]
    suspicious = sum(one.points >= policy.case_points for one in found)
    return Innocent(
        accounts=accounts,
        movements=len(found),
        suspicious_movements=suspicious,
        cases=sum(cases),
        accounts_with_case=sum(number > 0 for number in cases),
        suspicious_per_thousand=round(1_000 * suspicious / len(found), 3),
        signals={rule.value: sum(rule in one.rules for one in found) for rule in Rule},
    )


def measure_detection(rule: Rule, planted: int, policy: FraudPolicy, chance: random.Random) -> Detection:
    """Plant the rule's pattern into so many innocent accounts, and score what was planted."""
    strangers = count(1_000_000)
    signalled = cases = 0
    for _ in range(planted):
        person = somebody(chance, strangers)
        first = len(person.movements)
        PLANTED[rule](person, person.at(DAYS + 1))
        scores = scores_of(person.movements, policy, first=first)
        signalled += any(rule in found.rules for found in scores)
        cases += cases_in(scores, policy) > 0
    return Detection(rule.value, planted, signalled, cases)


def measure(accounts: int, planted: int, seed: int, policy: FraudPolicy) -> tuple[Innocent, list[Detection]]:
    """Both figures, the same for the same seed."""
    innocent = measure_innocent(accounts, policy, random.Random(seed))
    return innocent, [measure_detection(rule, planted, policy, random.Random(seed)) for rule in Rule]


if __name__ == "__main__":
    innocent, detections = measure(400, 100, 7, FraudPolicy())
    print(innocent, *detections, sep="\n")  # noqa: T201 - it is run for what it prints
