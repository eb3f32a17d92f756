"""The default policy on a small population: it rarely cries wolf, and it catches what it is for."""

import json
import sys

import pytest

from bankcore.fraud.policy import FraudPolicy
from bankcore.fraud.signals import Rule
from bench import fraud_population
from bench.fraud_population import measure

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


def test_the_figures_are_printed_as_a_table_and_as_json(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["fraud_population", "--accounts", "2", "--planted", "1"])

    fraud_population.main()

    *table, document = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in table[-len(Rule) :]] == [rule.value for rule in Rule]
    assert json.loads(document)["innocent"]["accounts"] == 2
