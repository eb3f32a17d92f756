"""Audit records of approvals: who wanted what, who ended it, and the transaction that came of it."""

from typing import Final

from bankcore.actions import Subject
from bankcore.approvals.approvals import Approval
from bankcore.approvals.events import ApprovalMoved
from bankcore.clock import instant_text
from bankcore.events.stamps import CommandRefused
from bankcore_infra.audit.recording.canonical import CanonicalValue
from bankcore_infra.audit.recording.context import AuditContexts
from bankcore_infra.audit.recording.records import AuditRecord, Deed, Records, make_record
from bankcore_infra.audit.recording.refusals import refusal_record


def approval_facts(approval: Approval) -> dict[str, CanonicalValue]:
    """What a record tells of it, as it stands after the step."""
    amount, transaction_id = approval.amount, approval.transaction_id
    return {
        "kind": approval.command.kind,
        "status": approval.status,
        "amount": None if amount is None else amount.to_decimal_string(),
        "currency": None if amount is None else amount.currency.code,
        "accounts": [str(account_id) for account_id in approval.account_ids],
        "requestedBy": approval.requested_by,
        "limitedTo": approval.owner_id,
        "expiresAt": instant_text(approval.expires_at),
        "endedBy": None if approval.ending is None else approval.ending.by,
        # What was wanted, whole: the same request always has the same digest.
        "request": approval.command.fingerprint().hex(),
        "transaction": None if transaction_id is None else str(transaction_id),
    }


def _moved(event: ApprovalMoved, contexts: AuditContexts) -> AuditRecord:
    approval = event.approval
    deed = Deed(event.action, subject=Subject("approval", approval.id), account_ids=approval.account_ids)
    return make_record(event.stamp, deed, {"approval": approval_facts(approval)}, contexts)


RECORDS: Final[Records] = {ApprovalMoved: _moved, CommandRefused: refusal_record}
