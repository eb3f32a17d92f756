"""The default policy on a small population: it rarely cries wolf, and it catches what it is for."""

from bankcore.fraud.policy import FraudPolicy
from bankcore.fraud.signals import Rule
from tests.unit.fraud.population import measure

SUSPICIOUS_PER_THOUSAND_MAX = 3
CASES_PERCENT_MIN = {Rule.NEW_PAYEE: 40}


def test_the_default_policy_finds_the_guilty_and_leaves_the_innocent_alone() -> None:
    innocent, detections = measure(40, 15, 7, FraudPolicy())

    assert innocent.suspicious_per_thousand <= SUSPICIOUS_PER_THOUSAND_MAX
    for found in detections:
        assert found.signalled == found.planted, found
        assert 100 * found.cases >= CASES_PERCENT_MIN.get(Rule(found.pattern), 100) * found.planted, found


def test_the_same_seed_gives_the_same_figures() -> None:
    assert measure(3, 1, 7, FraudPolicy()) == measure(3, 1, 7, FraudPolicy())
