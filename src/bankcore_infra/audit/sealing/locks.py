"""Locks the log of a tenant while it is sealed, and all logs while an era begins."""

from typing import Final

from sqlalchemy import Connection

from bankcore.identifiers import TenantId
from bankcore_infra.db.advisory import lock_number

_LOCK_LOG: Final = "SELECT pg_advisory_xact_lock(%s)"


def lock_log(connection: Connection, tenant_id: TenantId) -> None:
    """Make this transaction the only one that seals the tenant's log.

    A statement of its own, because the statement that waits reads the state before the wait.
    """
    connection.exec_driver_sql(_LOCK_LOG, (lock_number([b"bankcore.log", tenant_id.bytes]),))


def stop_log_writers(connection: Connection) -> None:
    """Wait for all transactions that write to the audit log, and stop new ones until this transaction ends."""
    connection.exec_driver_sql("LOCK TABLE bankcore.audit_log IN SHARE MODE")
