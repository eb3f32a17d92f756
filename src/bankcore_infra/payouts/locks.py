"""Locks one payout job, before any account: that which somebody steers, or that which is due for longest."""

from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Row

from bankcore.identifiers import TenantId

_LOCK: Final = "SELECT * FROM bankcore.payout_jobs WHERE tenant_id = %s AND id = %s FOR NO KEY UPDATE"
# Of two workers that ask at once, each gets another job, and neither waits.
_LOCK_DUE: Final = """
    SELECT * FROM bankcore.payout_jobs
    WHERE tenant_id = %s AND status = 'running' AND due_at <= now()
    ORDER BY due_at, id
    LIMIT 1
    FOR NO KEY UPDATE SKIP LOCKED
"""


def lock_payout_job(connection: Connection, tenant_id: TenantId, job_id: UUID) -> Row[Any] | None:
    """Lock the row of the job and read it; a chunk of it that is being paid is waited for."""
    return connection.exec_driver_sql(_LOCK, (tenant_id, job_id)).one_or_none()


def lock_due_payout_job(connection: Connection, tenant_id: TenantId) -> Row[Any] | None:
    """Lock and read the row of the running job that is due for longest, of those that nobody else has locked."""
    return connection.exec_driver_sql(_LOCK_DUE, (tenant_id,)).one_or_none()
