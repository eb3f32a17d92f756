"""Locks the approval that somebody ends, before any account that its movement touches."""

from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Row

from bankcore.identifiers import TenantId

_LOCK: Final = "SELECT * FROM bankcore.approvals WHERE tenant_id = %s AND id = %s FOR NO KEY UPDATE"


def lock_approval(connection: Connection, tenant_id: TenantId, approval_id: UUID) -> Row[Any] | None:
    """Lock the row of the approval and read it."""
    return connection.exec_driver_sql(_LOCK, (tenant_id, approval_id)).one_or_none()
