"""Audit records of disbursements: states and amounts, and of where the money goes what is shown of it."""

from typing import Final

from bankcore.actions import Subject
from bankcore.clock import instant_text
from bankcore.disbursements.disbursements import Disbursement
from bankcore.disbursements.events import DisbursementMoved
from bankcore.events.stamps import CommandRefused
from bankcore_infra.audit.recording.canonical import CanonicalValue
from bankcore_infra.audit.recording.context import AuditContexts
from bankcore_infra.audit.recording.records import AuditRecord, Deed, Records, make_record
from bankcore_infra.audit.recording.refusals import refusal_record


def disbursement_facts(disbursement: Disbursement) -> dict[str, CanonicalValue]:
    """What a record tells of it, as it stands after the step."""
    decision, sent_at = disbursement.decision, disbursement.sent_at
    return {
        "status": disbursement.status,
        "account": str(disbursement.account_id),
        "amount": disbursement.amount.to_decimal_string(),
        "currency": disbursement.amount.currency.code,
        "bank": disbursement.destination.bank_code,
        "hint": disbursement.destination.hint,
        "config": str(disbursement.config_id),
        "hold": str(disbursement.hold_id),
        "requestedBy": disbursement.requested_by,
        "decidedBy": None if decision is None else decision.by,
        "sentAt": None if sent_at is None else instant_text(sent_at),
        "transaction": None if disbursement.transaction_id is None else str(disbursement.transaction_id),
        "return": None if disbursement.return_id is None else str(disbursement.return_id),
    }


def _moved(event: DisbursementMoved, contexts: AuditContexts) -> AuditRecord:
    disbursement = event.disbursement
    facts = disbursement_facts(disbursement) | {"before": event.before, "problem": disbursement.problem}
    if event.told is not None:
        facts |= {"reason": event.told.reason, "evidence": event.told.evidence}
    subject = Subject("disbursement", disbursement.id)
    deed = Deed(event.action, subject=subject, account_ids=[disbursement.account_id])
    return make_record(event.stamp, deed, {"disbursement": facts}, contexts)


RECORDS: Final[Records] = {DisbursementMoved: _moved, CommandRefused: refusal_record}
