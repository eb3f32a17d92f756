"""Locks the disbursement that somebody decides, or that which is due, before the account that it is for."""

from collections.abc import Collection
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Row

from bankcore.identifiers import TenantId

_LOCK: Final = "SELECT * FROM bankcore.disbursements WHERE tenant_id = %s AND id = %s FOR NO KEY UPDATE"
# Of two workers, each gets another one, and neither waits.
_LOCK_DUE: Final = """
    SELECT * FROM bankcore.disbursements
    WHERE tenant_id = %s AND due_at <= now() AND config_id <> ALL(%s::uuid[])
    ORDER BY due_at, id
    LIMIT 1
    FOR NO KEY UPDATE SKIP LOCKED
"""


def lock_disbursement(connection: Connection, tenant_id: TenantId, disbursement_id: UUID) -> Row[Any] | None:
    """Lock the row of the disbursement and read it."""
    return connection.exec_driver_sql(_LOCK, (tenant_id, disbursement_id)).one_or_none()


def lock_due_disbursement(
    connection: Connection, tenant_id: TenantId, passing_over: Collection[UUID]
) -> Row[Any] | None:
    """Lock and read the row that is due for longest, of those that nobody else has locked and that are at none of these
    configurations.
    """
    return connection.exec_driver_sql(_LOCK_DUE, (tenant_id, list(passing_over))).one_or_none()
