"""How cases look on the wire."""

from bankcore.fraud.cases import Decision, FraudCase
from bankcore.fraud.signals import Signal
from bankcore_http.answering.wire import render_instant

Shown = dict[str, object]
"""A JSON object."""


def present_case(case: FraudCase) -> Shown:
    """A case with its score explained."""
    return {
        "id": str(case.id),
        "accountId": str(case.account_id),
        "transactionId": str(case.transaction_id),
        "status": case.status.value,
        "score": case.score.points,
        "signals": [_present_signal(signal) for signal in case.score.signals],
        "frozeAccount": case.froze_account,
        "openedAt": render_instant(case.opened_at),
        "decision": None if case.decision is None else _present_decision(case.decision),
    }


def _present_signal(signal: Signal) -> Shown:
    return {
        "rule": signal.rule.value,
        "points": signal.points,
        "explanation": signal.explanation,
        "facts": dict(signal.facts),
    }


def _present_decision(decision: Decision) -> Shown:
    return {"by": decision.by, "at": render_instant(decision.at), "note": decision.note}
