"""Locks sessions, counts of attempts, and a tenant while somebody changes who is in its team."""

from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from bankcore.identifiers import SessionId, TenantId, UserId
from bankcore.identity.sessions import Session
from bankcore_infra.identity.sessions import session_of

_LOCK_SESSION: Final = """
    SELECT tenant_id, id, user_id, created_at, expires_at, last_used_at, generation, revoked_at, revoke_reason,
           mfa_at
    FROM bankcore.sessions
    WHERE tenant_id = %s AND id = %s
    FOR NO KEY UPDATE
"""
_LOCK_SESSIONS_OF: Final = """
    SELECT id FROM bankcore.sessions
    WHERE tenant_id = %s AND user_id = %s AND revoked_at IS NULL AND expires_at > now() AND id IS DISTINCT FROM %s
    ORDER BY id
    FOR NO KEY UPDATE
"""
# The tenant stands for its team, since of rows of users there may be none yet.
_LOCK_TEAM: Final = "SELECT id FROM bankcore.tenants WHERE id = %s FOR NO KEY UPDATE"
# A session that is in use at this moment is skipped until the next run.
_LOCK_OLD_SESSIONS: Final = """
    SELECT id FROM bankcore.sessions
    WHERE tenant_id = %s AND least(revoked_at, expires_at) < now() - interval '30 days'
    ORDER BY least(revoked_at, expires_at) LIMIT %s
    FOR UPDATE SKIP LOCKED
"""
_DELETE_OLD_ATTEMPTS: Final = """
    WITH old AS (
        SELECT subject FROM bankcore.login_attempts
        WHERE tenant_id = %s AND last_at < now() - interval '2 days'
        ORDER BY last_at LIMIT %s
        FOR UPDATE SKIP LOCKED)
    DELETE FROM bankcore.login_attempts AS stored USING old
    WHERE stored.tenant_id = %s AND stored.subject = old.subject AND stored.last_at < now() - interval '2 days'
"""


def lock_session(connection: Connection, tenant_id: TenantId, session_id: SessionId) -> Session | None:
    """Lock the session and read it. A transaction that locks a session locks no other row that exists."""
    row = connection.exec_driver_sql(_LOCK_SESSION, (tenant_id, session_id)).one_or_none()
    return None if row is None else session_of(row)


def lock_sessions_of(
    connection: Connection, tenant_id: TenantId, user_id: UserId, *, but: SessionId | None
) -> list[SessionId]:
    """Lock the user's sessions that go on, but that one, in the order of their ids, which it gives."""
    found = connection.exec_driver_sql(_LOCK_SESSIONS_OF, (tenant_id, user_id, but)).scalars()
    return [SessionId(session_id) for session_id in found]


def lock_team(connection: Connection, tenant_id: TenantId) -> None:
    """Let nobody else change who is in the tenant's team until this transaction ends."""
    connection.exec_driver_sql(_LOCK_TEAM, (tenant_id,))


def lock_old_sessions(connection: Connection, tenant_id: TenantId, *, limit: int) -> list[UUID]:
    """Lock sessions that ended more than 30 days ago, the oldest first, and give their ids."""
    return list(connection.exec_driver_sql(_LOCK_OLD_SESSIONS, (tenant_id, limit)).scalars())


def delete_old_attempts(connection: Connection, tenant_id: TenantId, *, limit: int) -> int:
    """Delete counts of attempts that have not grown for two days; rows that are locked are skipped."""
    return connection.exec_driver_sql(_DELETE_OLD_ATTEMPTS, (tenant_id, limit, tenant_id)).rowcount
