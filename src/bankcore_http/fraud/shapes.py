"""What the routes of fraud cases take and show."""

from typing import Annotated, Final

from typing_extensions import TypedDict

from bankcore.fraud.cases import NOTE_LENGTH_MAX, CaseStatus, Decision, FraudCase
from bankcore.fraud.signals import Rule, Signal
from bankcore_http.answering import members
from bankcore_http.answering.members import Doc, Word
from bankcore_http.answering.wire import render_instant
from bankcore_http.reading.fields import AccountUuid, Omissible, text, word_of
from bankcore_http.reading.pagination import ListQuery
from bankcore_http.reading.shapes import BodyShape

_NOTE: Final = "The holder bought a car; we have called."
_OPERATOR_ID: Final = "019c1406-3400-7000-8000-0000000000b7"
_EXPLANATION: Final = "9000.00 NPR is at least 3 times the largest of 12 payments before it, 2500.00 NPR"

_Status = Annotated[CaseStatus, word_of(CaseStatus, "a status is open, cleared or confirmed")]
_Points = Annotated[int, Doc(minimum=1, maximum=2**31 - 1)]


class CasesQuery(ListQuery):
    """Which cases to list."""

    status: Omissible[_Status] = None
    account_id: Omissible[AccountUuid] = None


class DecisionBody(BodyShape):
    """Why a case is decided as it is."""

    note: Annotated[str, text(NOTE_LENGTH_MAX), Doc(example=_NOTE)]


class SignalShape(TypedDict):
    """A rule that was met, and the numbers that explain it."""

    rule: Annotated[str, Doc(enum=list(Rule), example=Rule.LARGE.value)]
    points: _Points
    explanation: Annotated[str, Doc(example=_EXPLANATION)]
    facts: Annotated[dict[str, object], Doc(example={"amount": "9000.00 NPR", "multiple": 3})]


class DecisionShape(TypedDict):
    """Who decided a case, when, and why."""

    by: Annotated[str, Doc(example=_OPERATOR_ID)]
    at: members.Instant
    note: Annotated[str, Doc(example=_NOTE)]


class FraudCaseShape(TypedDict):
    """A movement that looked like fraud; `frozeAccount` tells whether its account was frozen for it."""

    id: Annotated[members.Id, Doc(example="019c1406-3400-7000-8000-0000000000c1")]
    accountId: members.AccountId
    transactionId: members.TransactionId
    status: Annotated[str, Word(*CaseStatus)]
    score: _Points
    signals: list[SignalShape]
    frozeAccount: Annotated[bool, Doc(example=False)]
    openedAt: members.Instant
    decision: DecisionShape | None


def present_case(case: FraudCase) -> FraudCaseShape:
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


def _present_signal(signal: Signal) -> SignalShape:
    return {
        "rule": signal.rule.value,
        "points": signal.points,
        "explanation": signal.explanation,
        "facts": dict(signal.facts),
    }


def _present_decision(decision: Decision) -> DecisionShape:
    return {"by": decision.by, "at": render_instant(decision.at), "note": decision.note}
