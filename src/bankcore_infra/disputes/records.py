"""Audit records of disputes: states, amounts and who paid them."""

from typing import Final

from bankcore.actions import Subject
from bankcore.clock import instant_text
from bankcore.disputes.disputes import DisputeMovement, PaymentDispute
from bankcore.disputes.events import DisputeMoved
from bankcore.events.stamps import CommandRefused
from bankcore_infra.audit.recording.canonical import CanonicalValue
from bankcore_infra.audit.recording.context import AuditContexts
from bankcore_infra.audit.recording.records import AuditRecord, Deed, Records, make_record
from bankcore_infra.audit.recording.refusals import refusal_record


def dispute_facts(dispute: PaymentDispute) -> dict[str, CanonicalValue]:
    """What a record tells of it, as it stands after the step."""
    return {
        "status": dispute.status,
        "payment": str(dispute.payment_id),
        "account": str(dispute.account_id),
        "config": str(dispute.config_id),
        "providerId": dispute.provider_id,
        "amount": dispute.amount.to_decimal_string(),
        "currency": dispute.amount.currency.code,
        "reason": dispute.reason,
        "respondBy": None if dispute.respond_by is None else instant_text(dispute.respond_by),
        "withdrawn": _movement_facts(dispute.withdrawn),
        "reinstated": _movement_facts(dispute.reinstated),
        "collection": None if dispute.collection_id is None else str(dispute.collection_id),
        "problem": dispute.problem,
    }


def _movement_facts(movement: DisputeMovement | None) -> CanonicalValue:
    if movement is None:
        return None
    return {
        "amount": movement.amount.to_decimal_string(),
        "fee": movement.fee.to_decimal_string(),
        "account": str(movement.account_id),
        "transaction": str(movement.transaction_id),
    }


def _moved(event: DisputeMoved, contexts: AuditContexts) -> AuditRecord:
    dispute = event.dispute
    deed = Deed(event.action, subject=Subject("dispute", dispute.id), account_ids=[dispute.account_id])
    told = None if event.told is None else event.told.reason
    facts = {**dispute_facts(dispute), "before": event.before, "told": told}
    return make_record(event.stamp, deed, {"dispute": facts}, contexts)


RECORDS: Final[Records] = {DisputeMoved: _moved, CommandRefused: refusal_record}
