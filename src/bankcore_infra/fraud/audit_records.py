"""What the audit log says of fraud: which case, which rules, and who decided what; the note stays with the case."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from bankcore.errors import ForbiddenError, NotFoundError
from bankcore.fraud.cases import FraudCase
from bankcore.fraud.events import FraudCaseDecided, FraudCaseOpened, FraudDecisionRefused, FraudEvent
from bankcore.ledger.events import Stamp
from bankcore_infra.audit.canonical import CanonicalValue, canonical_bytes, instant_text
from bankcore_infra.audit.records import AuditRecord


def fraud_record(event: FraudEvent) -> AuditRecord:
    """The event as a record of the audit log."""
    match event:
        case FraudCaseOpened(stamp, case):
            return _record(stamp, "fraud_case.opened", "success", case.id, [case.account_id], _opened(case))
        case FraudCaseDecided(stamp, case):
            facts: dict[str, CanonicalValue] = {
                "case": str(case.id),
                "account": str(case.account_id),
                "before": "open",
                "after": case.status,
            }
            return _record(stamp, f"fraud_case.{case.status}", "success", case.id, [case.account_id], facts)
        case FraudDecisionRefused(stamp, case_id, verdict, reason):
            outcome = "denied" if isinstance(reason, NotFoundError | ForbiddenError) else "rejected"
            facts = {"case": str(case_id), "reason": {"code": reason.code}}
            return _record(stamp, f"fraud_case.{verdict}", outcome, case_id, [], facts)


def _opened(case: FraudCase) -> dict[str, CanonicalValue]:
    return {
        "case": str(case.id),
        "account": str(case.account_id),
        "transaction": str(case.transaction_id),
        "score": case.score.points,
        "signals": [{"rule": signal.rule, "points": signal.points} for signal in case.score.signals],
        "frozen": case.froze_account,
    }


def _record(
    stamp: Stamp,
    action: str,
    outcome: str,
    subject_id: UUID,
    account_ids: Sequence[UUID],
    facts: Mapping[str, CanonicalValue],
) -> AuditRecord:
    origin = stamp.origin
    body = canonical_bytes(
        {
            "id": str(stamp.id),
            "tenant": str(stamp.tenant_id),
            "at": instant_text(stamp.occurred_at),
            "action": action,
            "outcome": outcome,
            "actor": {"type": origin.actor_type, "id": origin.actor_id},
            "request": origin.request_id,
            "subject": str(subject_id),
            "fraud": facts,
        }
    )
    return AuditRecord(stamp.id, stamp.occurred_at, action, outcome, origin, subject_id, account_ids, body)
