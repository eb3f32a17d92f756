"""Audit records of payouts: whole jobs, with their sums; each item has the record of its transaction."""

from typing import Final

from bankcore.actions import Subject
from bankcore.events.stamps import CommandRefused
from bankcore.money import format_minor
from bankcore.payouts.events import PayoutChanged
from bankcore_infra.audit.recording.canonical import CanonicalValue
from bankcore_infra.audit.recording.context import AuditContexts
from bankcore_infra.audit.recording.records import AuditRecord, Deed, Records, make_record
from bankcore_infra.audit.recording.refusals import refusal_record


def _changed(event: PayoutChanged, contexts: AuditContexts) -> AuditRecord:
    job = event.job
    exponent = job.currency.exponent
    facts: dict[str, CanonicalValue] = {
        "status": job.status,
        "account": str(job.account_id),
        "currency": job.currency.code,
        "items": job.total.items,
        "amount": format_minor(job.total.minor, exponent),
        "paidItems": job.paid.items,
        "paidAmount": format_minor(job.paid.minor, exponent),
        "failedItems": job.failed.items,
        "failedAmount": format_minor(job.failed.minor, exponent),
        "stoppedBy": job.stopped_by,
    }
    deed = Deed(event.action, subject=Subject("payout", job.id), account_ids=[job.account_id])
    return make_record(event.stamp, deed, {"payout": facts}, contexts)


RECORDS: Final[Records] = {PayoutChanged: _changed, CommandRefused: refusal_record}
