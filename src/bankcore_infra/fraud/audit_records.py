"""What the audit log says of fraud: the policy, which case, who decided what; the note stays with the case."""

from collections.abc import Mapping

from bankcore.actions import Subject
from bankcore.errors import ForbiddenError, NotFoundError
from bankcore.events.stamps import Stamp
from bankcore.fraud.actions import CASE_DECIDED, CASE_OPENED, POLICY_CHANGED
from bankcore.fraud.cases import FraudCase, FraudCaseId
from bankcore.fraud.events import (
    FraudCaseDecided,
    FraudCaseOpened,
    FraudDecisionRefused,
    FraudEvent,
    FraudPolicyChanged,
)
from bankcore_infra.audit.recording.canonical import CanonicalValue
from bankcore_infra.audit.recording.context import AuditContexts
from bankcore_infra.audit.recording.records import AuditRecord, Deed, make_record
from bankcore_infra.fraud.policies import policy_document


def fraud_record(event: FraudEvent) -> AuditRecord:
    """The event as a record of the audit log."""
    match event:
        case FraudCaseOpened(stamp, case):
            deed = Deed(CASE_OPENED, subject=_subject(case.id), account_ids=[case.account_id])
            return _record(stamp, deed, _opened(case))
        case FraudCaseDecided(stamp, case):
            facts: dict[str, CanonicalValue] = {
                "case": str(case.id),
                "account": str(case.account_id),
                "before": "open",
                "after": case.status,
            }
            deed = Deed(CASE_DECIDED[case.status], subject=_subject(case.id), account_ids=[case.account_id])
            return _record(stamp, deed, facts)
        case FraudDecisionRefused(stamp, case_id, verdict, reason):
            outcome = "denied" if isinstance(reason, NotFoundError | ForbiddenError) else "rejected"
            facts = {"case": str(case_id), "reason": {"code": reason.code}}
            return _record(stamp, Deed(CASE_DECIDED[verdict], outcome, _subject(case_id)), facts)
        case FraudPolicyChanged(stamp, policy):
            deed = Deed(POLICY_CHANGED, subject=Subject("tenant", stamp.tenant_id))
            return _record(stamp, deed, policy_document(policy))


def _opened(case: FraudCase) -> dict[str, CanonicalValue]:
    return {
        "case": str(case.id),
        "account": str(case.account_id),
        "transaction": str(case.transaction_id),
        "score": case.score.points,
        "signals": [{"rule": signal.rule, "points": signal.points} for signal in case.score.signals],
        "frozen": case.froze_account,
    }


def _record(stamp: Stamp, deed: Deed, facts: Mapping[str, CanonicalValue]) -> AuditRecord:
    return make_record(stamp, deed, {"fraud": facts}, AuditContexts())


def _subject(case_id: FraudCaseId) -> Subject:
    return Subject("fraud_case", case_id)
