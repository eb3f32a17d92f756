"""Audit records of refunds: states and amounts, and why a person ended one. Why somebody asked for it is in none."""

from typing import Final

from bankcore.actions import Subject
from bankcore.events.stamps import CommandRefused
from bankcore.refunds.events import RefundMoved
from bankcore.refunds.refunds import PaymentRefund
from bankcore_infra.audit.recording.canonical import CanonicalValue
from bankcore_infra.audit.recording.context import AuditContexts
from bankcore_infra.audit.recording.records import AuditRecord, Deed, Records, make_record
from bankcore_infra.audit.recording.refusals import refusal_record


def refund_facts(refund: PaymentRefund) -> dict[str, CanonicalValue]:
    """What a record tells of it, as it stands after the step."""
    return {
        "status": refund.stage,
        "payment": str(refund.payment_id),
        "account": str(refund.account_id),
        "clearing": str(refund.clearing_id),
        "hold": str(refund.hold_id),
        "amount": refund.amount.to_decimal_string(),
        "currency": refund.amount.currency.code,
        "code": refund.code,
        "transaction": None if refund.transaction_id is None else str(refund.transaction_id),
        "problem": refund.problem,
    }


def _moved(event: RefundMoved, contexts: AuditContexts) -> AuditRecord:
    refund = event.refund
    deed = Deed(event.action, subject=Subject("refund", refund.id), account_ids=[refund.account_id])
    facts = {**refund_facts(refund), "before": event.before}
    if event.told is not None:
        facts |= {"reason": event.told.reason, "evidence": event.told.evidence}
    return make_record(event.stamp, deed, {"refund": facts}, contexts)


RECORDS: Final[Records] = {RefundMoved: _moved, CommandRefused: refusal_record}
