"""Locks one dispute, after its payment and before any account: by its provider's id, or that which is due."""

from collections.abc import Collection
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Row

from bankcore.identifiers import TenantId

_LOCK: Final = """
    SELECT * FROM bankcore.disputes
    WHERE tenant_id = %s AND config_id = %s AND provider_id = %s
    ORDER BY id
    FOR NO KEY UPDATE
"""
# Of two workers that ask at once, each gets another dispute, and neither waits.
_LOCK_DUE: Final = """
    SELECT * FROM bankcore.disputes
    WHERE tenant_id = %s AND due_at <= now() AND config_id <> ALL(%s::uuid[])
    ORDER BY due_at, id
    LIMIT 1
    FOR NO KEY UPDATE SKIP LOCKED
"""
_HURRY: Final = """
    UPDATE bankcore.disputes AS stored SET due_at = now()
    FROM (
        SELECT tenant_id, id FROM bankcore.disputes
        WHERE tenant_id = %s AND id = %s AND due_at IS NOT NULL
          AND coalesce(asked_at, created_at) < now() - %s::interval
        FOR NO KEY UPDATE SKIP LOCKED) AS free
    WHERE stored.tenant_id = free.tenant_id AND stored.id = free.id
"""


def lock_dispute(connection: Connection, tenant_id: TenantId, config_id: UUID, provider_id: str) -> Row[Any] | None:
    """Lock the row of the dispute and read it."""
    return connection.exec_driver_sql(_LOCK, (tenant_id, config_id, provider_id)).one_or_none()


def lock_due_dispute(connection: Connection, tenant_id: TenantId, passing_over: Collection[UUID]) -> Row[Any] | None:
    """Lock and read the row of the dispute that is due for longest, of those that nobody else has locked and that are
    at none of these configurations.
    """
    return connection.exec_driver_sql(_LOCK_DUE, (tenant_id, list(passing_over))).one_or_none()


def hurry_dispute(connection: Connection, tenant_id: TenantId, dispute_id: UUID, lately: timedelta) -> None:
    """Make a dispute due that is still asked for, unless its provider was asked lately or somebody is at it."""
    connection.exec_driver_sql(_HURRY, (tenant_id, dispute_id, lately))
