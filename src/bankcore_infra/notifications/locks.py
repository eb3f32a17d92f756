"""Locks one notification that is due, and waits for nobody."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from bankcore.identifiers import TenantId

# Two senders that ask at once get different ones, and neither waits.
_LOCK_DUE_NOTIFICATION: Final = """
    SELECT id FROM bankcore.notifications
    WHERE tenant_id = %s AND next_at IS NOT NULL AND next_at <= %s
    ORDER BY next_at, id
    LIMIT 1
    FOR NO KEY UPDATE SKIP LOCKED
"""


def lock_due_notification(connection: Connection, tenant_id: TenantId, due_by: datetime) -> UUID | None:
    """Lock the notification that is due for longest, of those that nobody else has locked; it is the only lock."""
    found: UUID | None = connection.exec_driver_sql(_LOCK_DUE_NOTIFICATION, (tenant_id, due_by)).scalar_one_or_none()
    return found
