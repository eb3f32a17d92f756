"""What comes of an answer on its way to whoever asked."""

from bankcore.testing.provider_simulator.http_server import SpokenAnswer
from bankcore.testing.provider_simulator.scenarios import Scenario


def not_taken(scenario: Scenario) -> SpokenAnswer | None:
    """What is said where nothing happened; None is silence."""
    statuses = {Scenario.OUTAGE: 503, Scenario.TOO_MANY: 429}
    return SpokenAnswer(statuses[scenario], b"{}") if scenario in statuses else None


def spoiled(scenario: Scenario, said: SpokenAnswer | None) -> SpokenAnswer | None:
    """What comes of the answer on its way; None is silence."""
    outcomes = {
        Scenario.SILENT_AFTER: None,
        Scenario.OUTAGE_AFTER: SpokenAnswer(503, b"{}"),
        Scenario.GARBLED: SpokenAnswer(200, b"<html>Something went wrong"),
    }
    return outcomes.get(scenario, said)
