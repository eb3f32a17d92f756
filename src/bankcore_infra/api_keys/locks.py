"""Locks one API key: while it is ended, or for a moment while its use is noted."""

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Row

from bankcore.identifiers import TenantId

_LOCK: Final = "SELECT * FROM bankcore.api_keys WHERE tenant_id = %s AND id = %s FOR NO KEY UPDATE"
# Whoever comes while another request notes its use, or an administrator ends the key, notes nothing.
_NOTE_USE: Final = """
    UPDATE bankcore.api_keys AS stored SET last_used_at = now()
    FROM (
        SELECT tenant_id, id FROM bankcore.api_keys WHERE tenant_id = %s AND id = %s
        FOR NO KEY UPDATE SKIP LOCKED) AS free
    WHERE stored.tenant_id = free.tenant_id AND stored.id = free.id
      AND (stored.last_used_at IS NULL OR stored.last_used_at <= now() - %s::interval)
"""


def lock_api_key(connection: Connection, tenant_id: TenantId, key_id: UUID) -> Row[Any] | None:
    """Lock the row of the key and read it."""
    return connection.exec_driver_sql(_LOCK, (tenant_id, key_id)).one_or_none()


def note_use_of_api_key(connection: Connection, tenant_id: TenantId, key_id: UUID, every: timedelta) -> None:
    """Store that the key was used, unless that was stored within this time."""
    connection.exec_driver_sql(_NOTE_USE, (tenant_id, key_id, every))
