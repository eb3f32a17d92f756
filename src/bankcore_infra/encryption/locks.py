"""Locks secrets that are under an older key, while their keys are wrapped anew."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Row

from bankcore.identifiers import TenantId

_LOCK_OLDER: Final = """
    SELECT key_name, wrapped_key, content, purpose, owner_id FROM bankcore.encrypted_secrets
    WHERE tenant_id = %s AND key_name <> %s AND (purpose, owner_id) > (%s, %s)
    ORDER BY purpose, owner_id LIMIT %s
    FOR NO KEY UPDATE
"""


def lock_older_secrets(
    connection: Connection, tenant_id: TenantId, newest: str, *, after: tuple[str, UUID], limit: int
) -> Sequence[Row[Any]]:
    """Lock secrets after that place which the newest key does not hold, in the order of their places."""
    return connection.exec_driver_sql(_LOCK_OLDER, (tenant_id, newest, *after, limit)).all()
