"""How often the fraud rules cry wolf, and what they catch: an innocent population, and patterns planted into it.

    python -m bench.fraud_population --accounts 400 --planted 100 --seed 7 [--policy policy.json] [--json]

No database: the rules are pure, so the population is made in memory, scored and remembered movement by movement, as the
processor does it. The same seed gives the same population.
"""

import argparse
import json
import random
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path

from bankcore.fraud.activity import AccountActivity
from bankcore.fraud.movements import Movement, seconds_of
from bankcore.fraud.policy import FraudPolicy
from bankcore.fraud.rules import score
from bankcore.fraud.signals import Rule, Score
from bankcore_infra.fraud.policies import policy_from_json
from bench.fraud_people import DAYS, PLANTED, START, somebody


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


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="False alarms and detection of the fraud rules")
    parser.add_argument("--accounts", type=int, default=400, help="innocent accounts")
    parser.add_argument("--planted", type=int, default=100, help="accounts with each pattern")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--policy", type=Path, help="a policy as JSON, instead of the default one")
    parser.add_argument("--json", action="store_true", help="print JSON only")
    arguments = parser.parse_args()
    policy = FraudPolicy() if arguments.policy is None else policy_from_json(arguments.policy.read_bytes())
    innocent, detections = measure(arguments.accounts, arguments.planted, arguments.seed, policy)
    if not arguments.json:
        print_table(innocent, detections)
    print(json.dumps({"innocent": asdict(innocent), "planted": [asdict(found) for found in detections]}))


def print_table(innocent: Innocent, detections: Sequence[Detection]) -> None:
    """The figures for people."""
    print(f"innocent: {innocent.accounts} accounts, {innocent.movements} movements in {DAYS} days")
    print(f"  suspicious: {innocent.suspicious_movements} ({innocent.suspicious_per_thousand} in a thousand)")
    print(f"  cases: {innocent.cases}, on {innocent.accounts_with_case} accounts; signals: {innocent.signals}")
    print(f"{'planted pattern':20}{'accounts':>10}{'signalled':>12}{'cases':>8}")
    for found in detections:
        print(f"{found.pattern:20}{found.planted:>10}{found.signalled:>12}{found.cases:>8}")


if __name__ == "__main__":
    main()
