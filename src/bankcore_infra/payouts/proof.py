"""Whether the rows of payouts are as the log, and the books that follow from it, tell of them."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from sqlalchemy import Row

from bankcore.ledger.verification import Finding
from bankcore.payouts import actions
from bankcore.payouts.jobs import PayoutStatus
from bankcore_infra.audit.verifying.told_rows import Told, differences, is_at, rows_and_records
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.payouts.records import job_facts
from bankcore_infra.payouts.store import job_of

_ACTIONS: Final = (
    actions.PAYOUT_STARTED.name,
    actions.PAYOUT_PAUSED.name,
    actions.PAYOUT_RESUMED.name,
    actions.PAYOUT_CALLED_OFF.name,
    actions.PAYOUT_RETRIED.name,
    actions.PAYOUT_COMPLETED.name,
)
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


def verify_payouts(connection: TenantConnection) -> Iterator[Finding]:
    """What is wrong with payouts, if anything: jobs against their records, items against their transactions."""
    for job_id, row, told in rows_and_records(connection, "payout_jobs", _ACTIONS, "payout"):
        yield from _verify(f"payout {job_id}", row, told)
    for problem, statement in _CONTRADICTIONS.items():
        for (place,) in connection.sql.exec_driver_sql(statement, (connection.tenant_id,)):
            yield Finding(place, problem)


def _verify(place: str, row: Row[Any] | None, told: Sequence[Told]) -> Iterator[Finding]:
    if row is None or not told:
        yield Finding(place, "is gone" if row is None else "the log has no record of it")
        return
    try:
        job = job_of(row)
    except (ValueError, KeyError):
        yield Finding(place, "holds what no payout has")
        return
    facts = job_facts(job)
    if job.status is PayoutStatus.RUNNING:
        facts = {name: fact for name, fact in facts.items() if name not in _IN_CHUNKS}
    yield from differences(place, told[-1][2], facts)
    if not is_at(job.created_at, told[0]):
        yield Finding(place, f"was started at {told[0][1]} by the log")
    if job.ended_at is not None and not is_at(job.ended_at, told[-1]):
        yield Finding(place, f"ended at {told[-1][1]} by the log")
