"""Deletes old sessions with their refresh tokens, and old counts of attempts, batch by batch."""

from collections.abc import Callable
from functools import partial
from typing import Final

from bankcore.actions import Action
from bankcore.identifiers import TenantId
from bankcore.identity.actions import ATTEMPTS_REMOVED, RESETS_REMOVED, SESSIONS_REMOVED
from bankcore_infra.audit.recording.job_records import record_removal
from bankcore_infra.db import arrays
from bankcore_infra.db.engine import Database
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.db.transactions import OwnTransactions
from bankcore_infra.identity.locks import delete_old_attempts, lock_old_sessions

BATCH: Final = 5_000
_DELETE_TOKENS: Final = """
    DELETE FROM bankcore.refresh_tokens WHERE tenant_id = %s AND digest = ANY(ARRAY(
        SELECT digest FROM bankcore.refresh_tokens
        WHERE tenant_id = %s AND session_id = ANY(%s::uuid[]) LIMIT %s))
"""
_DELETE_RESETS: Final = """
    DELETE FROM bankcore.password_resets WHERE tenant_id = %s AND id = ANY(ARRAY(
        SELECT id FROM bankcore.password_resets
        WHERE tenant_id = %s AND expires_at < now() - interval '1 day' LIMIT %s))
"""
_DELETE_SESSIONS: Final = "DELETE FROM bankcore.sessions WHERE tenant_id = %s AND id = ANY(%s::uuid[])"


def prune_identity(
    database: Database, tenant_id: TenantId, keep_alive: Callable[[], None] = lambda: None, *, batch: int = BATCH
) -> int:
    """Delete sessions that ended more than 30 days ago, attempts of more than two days ago, and resets that expired
    yesterday. Returns how many rows.

    The database itself refuses to delete younger ones. What was done in a session stays in the audit log.
    """
    transactions, total = OwnTransactions(database, tenant_id), 0
    for action, prune in (
        (SESSIONS_REMOVED, _prune_sessions),
        (ATTEMPTS_REMOVED, _prune_attempts),
        (RESETS_REMOVED, _prune_resets),
    ):
        while deleted := transactions.run(partial(_recorded, action, prune, batch)):
            total += deleted
            keep_alive()
    return total


def _recorded(
    action: Action, prune: Callable[[TenantConnection, int], int], batch: int, connection: TenantConnection
) -> int:
    deleted = prune(connection, batch)
    record_removal(connection, action, deleted, job="identity_pruning")
    return deleted


def _prune_sessions(connection: TenantConnection, batch: int) -> int:
    """Delete tokens first; a session goes in the batch of its last token."""
    tenant_id = connection.tenant_id
    sessions = arrays.uuids(lock_old_sessions(connection.sql, tenant_id, limit=batch))
    tokens = connection.sql.exec_driver_sql(_DELETE_TOKENS, (tenant_id, tenant_id, sessions, batch)).rowcount
    if tokens == batch:
        return tokens
    return tokens + connection.sql.exec_driver_sql(_DELETE_SESSIONS, (tenant_id, sessions)).rowcount


def _prune_attempts(connection: TenantConnection, batch: int) -> int:
    return delete_old_attempts(connection.sql, connection.tenant_id, limit=batch)


def _prune_resets(connection: TenantConnection, batch: int) -> int:
    tenant_id = connection.tenant_id
    return connection.sql.exec_driver_sql(_DELETE_RESETS, (tenant_id, tenant_id, batch)).rowcount
