"""Locks the one quote that a transfer uses, before any account."""

from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Row

from bankcore.identifiers import TenantId

# Read and dated once it is locked: who had to wait for the lock finds what happened meanwhile, and the time that it is.
_LOCK_QUOTE: Final = """
    WITH locked AS MATERIALIZED (
        SELECT * FROM bankcore.fx_quotes WHERE tenant_id = %s AND id = %s FOR NO KEY UPDATE
    )
    SELECT locked.*, clock_timestamp() AS as_of FROM locked
"""


def lock_fx_quote(connection: Connection, tenant_id: TenantId, quote_id: UUID) -> Row[Any] | None:
    """The row of the quote once it is locked, with the time as `as_of`."""
    return connection.exec_driver_sql(_LOCK_QUOTE, (tenant_id, quote_id)).one_or_none()
