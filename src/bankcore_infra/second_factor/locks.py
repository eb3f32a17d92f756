"""Locks the second factor of one user, while a code is compared, or the factor is confirmed or removed."""

from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Row

from bankcore.identifiers import TenantId

_LOCK: Final = """
    SELECT user_id, created_at, confirmed_at, last_used_step FROM bankcore.second_factors
    WHERE tenant_id = %s AND user_id = %s
    FOR NO KEY UPDATE
"""


def lock_second_factor(connection: Connection, tenant_id: TenantId, user_id: UUID) -> Row[Any] | None:
    """Lock the row of the user's factor and read it."""
    return connection.exec_driver_sql(_LOCK, (tenant_id, user_id)).one_or_none()
