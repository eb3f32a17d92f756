"""Locks one refund, after its payment and before any account: by its id, or that whose provider is to be asked."""

from collections.abc import Collection
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Row

from bankcore.identifiers import TenantId

_LOCK: Final = "SELECT * FROM bankcore.refunds WHERE tenant_id = %s AND id = %s FOR NO KEY UPDATE"
# Of two workers that ask at once, each gets another refund, and neither waits.
_LOCK_DUE: Final = """
    SELECT * FROM bankcore.refunds
    WHERE tenant_id = %s AND due_at <= now() AND NOT EXISTS (
        SELECT FROM bankcore.payments AS payment
        JOIN bankcore.payment_attempts AS attempt
          ON attempt.tenant_id = payment.tenant_id AND attempt.id = payment.attempt_id
        WHERE payment.tenant_id = refunds.tenant_id AND payment.id = refunds.payment_id
          AND attempt.config_id = ANY(%s::uuid[]))
    ORDER BY due_at, id
    LIMIT 1
    FOR NO KEY UPDATE SKIP LOCKED
"""
_HURRY: Final = """
    UPDATE bankcore.refunds AS stored SET due_at = now()
    FROM (
        SELECT tenant_id, id FROM bankcore.refunds
        WHERE tenant_id = %s AND id = %s AND ended_at IS NULL
          AND greatest(asked_at, created_at) < now() - %s::interval
        FOR NO KEY UPDATE SKIP LOCKED) AS free
    WHERE stored.tenant_id = free.tenant_id AND stored.id = free.id
"""


def lock_refund(connection: Connection, tenant_id: TenantId, refund_id: UUID) -> Row[Any] | None:
    """Lock the row of the refund and read it."""
    return connection.exec_driver_sql(_LOCK, (tenant_id, refund_id)).one_or_none()


def lock_due_refund(connection: Connection, tenant_id: TenantId, passing_over: Collection[UUID]) -> Row[Any] | None:
    """Lock and read the row of the refund that is due for longest, of those that nobody else has locked and whose
    payment is at none of these configurations.
    """
    return connection.exec_driver_sql(_LOCK_DUE, (tenant_id, list(passing_over))).one_or_none()


def hurry_refund(connection: Connection, tenant_id: TenantId, refund_id: UUID, lately: timedelta) -> None:
    """Make an open refund due, unless its provider was asked lately or somebody is at it."""
    connection.exec_driver_sql(_HURRY, (tenant_id, refund_id, lately))
