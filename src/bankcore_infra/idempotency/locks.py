"""Locks expired keys while they are forgotten; a key in use is an advisory lock (`db/opening.py`)."""

from typing import Final

from sqlalchemy import Connection

from bankcore.identifiers import TenantId

_DELETE_EXPIRED_KEYS: Final = """
    WITH expired AS (
        SELECT scope, key FROM bankcore.idempotency_keys
        WHERE tenant_id = %s AND expires_at <= now()
        ORDER BY expires_at LIMIT %s
        FOR UPDATE SKIP LOCKED)
    DELETE FROM bankcore.idempotency_keys AS stored USING expired
    WHERE stored.tenant_id = %s AND stored.scope = expired.scope AND stored.key = expired.key
      AND stored.expires_at <= now()
"""


def delete_expired_keys(connection: Connection, tenant_id: TenantId, *, limit: int) -> int:
    """Delete expired idempotency keys, the oldest first; keys that are in use are skipped."""
    return connection.exec_driver_sql(_DELETE_EXPIRED_KEYS, (tenant_id, limit, tenant_id)).rowcount
