"""Whether the rows of payouts are as the log, and the books that follow from it, tell of them."""

from typing import Any, Final

from bankcore.payouts import actions
from bankcore.payouts.jobs import PayoutJob, PayoutStatus
from bankcore_infra.audit.verifying.row_proof import RowProof
from bankcore_infra.payouts.records import job_facts
from bankcore_infra.payouts.store import job_of

# No record tells of each chunk, whose transactions do; so they are counted by the items.
_IN_CHUNKS: Final = ("paidItems", "paidAmount", "failedItems", "failedAmount")
_CONTRADICTIONS: Final = {
    "counts other items than it has": """
        SELECT 'payout ' || job.id FROM bankcore.payout_jobs AS job
        CROSS JOIN LATERAL (
            SELECT count(*) AS items, coalesce(sum(amount_minor), 0) AS minor,
                   count(*) FILTER (WHERE status = 'paid') AS paid,
                   coalesce(sum(amount_minor) FILTER (WHERE status = 'paid'), 0) AS paid_minor,
                   count(*) FILTER (WHERE status = 'failed') AS failed,
                   coalesce(sum(amount_minor) FILTER (WHERE status = 'failed'), 0) AS failed_minor,
                   count(*) FILTER (WHERE status = 'unpaid' AND place <= job.checkpoint) AS skipped
            FROM bankcore.payout_items AS item WHERE item.tenant_id = job.tenant_id AND item.job_id = job.id) AS has
        WHERE job.tenant_id = %s AND (job.total_items, job.total_minor, job.paid_items, job.paid_minor,
            job.failed_items, job.failed_minor, 0)
            IS DISTINCT FROM (has.items, has.minor, has.paid, has.paid_minor, has.failed, has.failed_minor, has.skipped)
        LIMIT 1000
    """,
    "is not kept by the hold that it names": """
        SELECT 'payout ' || job.id FROM bankcore.payout_jobs AS job
        LEFT JOIN bankcore.holds AS hold ON hold.tenant_id = job.tenant_id AND hold.id = job.hold_id
        WHERE job.tenant_id = %s AND (
            (job.hold_id IS NOT NULL) <> (job.status IN ('running', 'paused'))
            OR job.hold_id IS NOT NULL AND (hold.account_id, hold.amount_minor) IS DISTINCT FROM
               (job.account_id, job.total_minor - job.paid_minor - job.failed_minor))
        LIMIT 1000
    """,
    "was not paid by the transaction that it names": """
        SELECT 'payout ' || item.job_id || ' item ' || item.place FROM bankcore.payout_items AS item
        JOIN bankcore.payout_jobs AS job ON job.tenant_id = item.tenant_id AND job.id = item.job_id
        WHERE item.tenant_id = %s AND item.status = 'paid' AND NOT EXISTS (
            SELECT FROM bankcore.transactions AS t
            JOIN bankcore.entries AS entry ON entry.tenant_id = t.tenant_id AND entry.transaction_id = t.id
            WHERE t.tenant_id = item.tenant_id AND t.id = item.transaction_id AND t.source_type = 'payout_item'
            AND t.source_id = item.job_id || '/' || item.place AND entry.account_id = item.account_id
            AND entry.amount_minor = item.amount_minor
            AND t.reference IS NOT DISTINCT FROM coalesce(nullif(item.reference, ''), job.name))
        LIMIT 1000
    """,
    "paid an item that is not there as paid": """
        SELECT 'transaction ' || t.id FROM bankcore.transactions AS t
        WHERE t.tenant_id = %s AND t.source_type = 'payout_item' AND NOT EXISTS (
            SELECT FROM bankcore.payout_items AS item
            WHERE item.tenant_id = t.tenant_id AND item.transaction_id = t.id AND item.status = 'paid')
        LIMIT 1000
    """,
}


def _told_facts(job: PayoutJob) -> dict[str, Any]:
    """What its last record says."""
    facts = job_facts(job)
    if job.status is PayoutStatus.RUNNING:
        return {name: fact for name, fact in facts.items() if name not in _IN_CHUNKS}
    return facts


PROOF: Final = RowProof(
    "payout",
    "payout_jobs",
    (
        actions.PAYOUT_STARTED,
        actions.PAYOUT_PAUSED,
        actions.PAYOUT_RESUMED,
        actions.PAYOUT_CALLED_OFF,
        actions.PAYOUT_RETRIED,
        actions.PAYOUT_COMPLETED,
    ),
    read=job_of,
    facts=_told_facts,
    began=("was started", lambda payout: payout.created_at),
    ended_at=lambda payout: payout.ended_at,
    contradictions=_CONTRADICTIONS,
)
