"""Audit records of payouts: whole jobs, with their sums; each item has the record of its transaction."""

from typing import Final

from bankcore.actions import Subject
from bankcore.events.stamps import CommandRefused
from bankcore.money import format_minor
from bankcore.payouts.events import PayoutChanged
from bankcore.payouts.jobs import PayoutJob
from bankcore_infra.audit.recording.canonical import CanonicalValue
from bankcore_infra.audit.recording.context import AuditContexts
from bankcore_infra.audit.recording.records import AuditRecord, Deed, Records, make_record
from bankcore_infra.audit.recording.refusals import refusal_record


def job_facts(job: PayoutJob) -> dict[str, CanonicalValue]:
    """What each record of a job tells of it."""
    exponent = job.currency.exponent
    return {
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


def _changed(event: PayoutChanged, contexts: AuditContexts) -> AuditRecord:
    job = event.job
    deed = Deed(event.action, subject=Subject("payout", job.id), account_ids=[job.account_id])
    return make_record(event.stamp, deed, {"payout": job_facts(job)}, contexts)


RECORDS: Final[Records] = {PayoutChanged: _changed, CommandRefused: refusal_record}
