"""Audit records of fraud: policies, cases and decisions. The note of a decision stays with its case."""

from collections.abc import Mapping
from typing import Final

from bankcore.actions import Action, Subject
from bankcore.events.stamps import CommandRefused, Stamp
from bankcore.fraud.actions import CASE_DECIDED, CASE_OPENED, POLICY_CHANGED
from bankcore.fraud.cases import FraudCase
from bankcore.fraud.events import FraudCaseDecided, FraudCaseOpened, FraudPolicyChanged
from bankcore_infra.audit.recording.canonical import CanonicalValue
from bankcore_infra.audit.recording.context import AuditContexts
from bankcore_infra.audit.recording.records import AuditRecord, Deed, Records, make_record
from bankcore_infra.audit.recording.refusals import refusal_record
from bankcore_infra.fraud.policies import policy_document


def _opened(event: FraudCaseOpened, contexts: AuditContexts) -> AuditRecord:
    score = event.case.score
    facts: dict[str, CanonicalValue] = {
        "transaction": str(event.case.transaction_id),
        "score": score.points,
        "signals": [{"rule": signal.rule, "points": signal.points} for signal in score.signals],
        "frozen": event.case.froze_account,
    }
    return _of_case(event.stamp, CASE_OPENED, event.case, facts, contexts)


def _decided(event: FraudCaseDecided, contexts: AuditContexts) -> AuditRecord:
    case = event.case
    return _of_case(event.stamp, CASE_DECIDED[case.status], case, {"before": "open", "after": case.status}, contexts)


def _policy_changed(event: FraudPolicyChanged, contexts: AuditContexts) -> AuditRecord:
    deed = Deed(POLICY_CHANGED, subject=Subject("tenant", event.stamp.tenant_id))
    return make_record(event.stamp, deed, {"fraud": policy_document(event.policy)}, contexts)


def _of_case(
    stamp: Stamp, action: Action, case: FraudCase, facts: Mapping[str, CanonicalValue], contexts: AuditContexts
) -> AuditRecord:
    deed = Deed(action, subject=Subject("fraud_case", case.id), account_ids=[case.account_id])
    named: dict[str, CanonicalValue] = {"case": str(case.id), "account": str(case.account_id)}
    return make_record(stamp, deed, {"fraud": {**named, **facts}}, contexts)


RECORDS: Final[Records] = {
    FraudCaseOpened: _opened,
    FraudCaseDecided: _decided,
    CommandRefused: refusal_record,
    FraudPolicyChanged: _policy_changed,
}
