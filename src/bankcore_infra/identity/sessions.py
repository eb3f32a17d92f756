"""Sessions and issued refresh tokens out of and into their rows."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from bankcore.identifiers import SessionId, TenantId, UserId
from bankcore.identity.demands import NO_DEMANDS, FactorDemands
from bankcore.identity.ports import SessionOwner
from bankcore.identity.sessions import IssuedToken, RevokeReason, Session
from bankcore.tenancy.settings import APPROVAL_MINOR, SECOND_FACTOR_ROLES, STEP_UP_MINOR
from bankcore.tenancy.tenants import TenantKind, TenantStatus
from bankcore_infra.db import arrays
from bankcore_infra.db.exchange import Statement
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.db.transactions import Transactions
from bankcore_infra.identity.users import user_of

_FIND_OWNERS: Final = Statement("""
    SELECT s.tenant_id, s.id, s.user_id, s.created_at, s.expires_at, s.last_used_at, s.generation, s.revoked_at,
           s.revoke_reason, s.mfa_at, u.tenant_id, u.id, u.email, u.full_name, u.roles, u.status, u.created_at,
           t.status, t.kind, f.confirmed_at IS NOT NULL,
           (SELECT value FROM bankcore.tenant_settings WHERE tenant_id = s.tenant_id AND name = 'second_factor_roles'),
           (SELECT value FROM bankcore.tenant_settings WHERE tenant_id = s.tenant_id AND name = 'step_up_minor'),
           (SELECT value FROM bankcore.tenant_settings WHERE tenant_id = s.tenant_id AND name = 'approval_minor')
    FROM bankcore.sessions AS s
    JOIN bankcore.users AS u ON u.tenant_id = s.tenant_id AND u.id = s.user_id
    JOIN bankcore.tenants AS t ON t.id = s.tenant_id
    LEFT JOIN bankcore.second_factors AS f ON f.tenant_id = s.tenant_id AND f.user_id = s.user_id
    WHERE s.tenant_id = $1::uuid AND s.id = ANY ($2::uuid[])
""")
_LIST: Final = """
    SELECT tenant_id, id, user_id, created_at, expires_at, last_used_at, generation, revoked_at, revoke_reason,
           mfa_at
    FROM bankcore.sessions
    WHERE tenant_id = %s AND user_id = %s AND revoked_at IS NULL AND expires_at > now()
      AND (%s::uuid IS NULL OR id < %s)
    ORDER BY id DESC LIMIT %s
"""
_ADD: Final = """
    INSERT INTO bankcore.sessions (tenant_id, id, user_id, created_at, expires_at, last_used_at, mfa_at)
    VALUES (%s, %s, %s, %s, %s, %s, %s)
"""
_MOVE_ON: Final = """
    UPDATE bankcore.sessions SET last_used_at = %s, generation = %s WHERE tenant_id = %s AND id = %s
"""
_REVOKE: Final = """
    UPDATE bankcore.sessions SET revoked_at = now(), revoke_reason = %s
    WHERE tenant_id = %s AND id = %s AND revoked_at IS NULL
"""
_ADD_ISSUED: Final = """
    INSERT INTO bankcore.refresh_tokens (tenant_id, session_id, generation, issued_at, digest)
    VALUES (%s, %s, %s, %s, %s)
"""
_FIND_ISSUED: Final = """
    SELECT digest, session_id, generation, issued_at, used_at, used_by FROM bankcore.refresh_tokens
    WHERE tenant_id = %s AND digest = %s
"""
_USE_ISSUED: Final = """
    UPDATE bankcore.refresh_tokens SET used_at = %s, used_by = %s WHERE tenant_id = %s AND digest = %s
"""


_PROVE: Final = "UPDATE bankcore.sessions SET mfa_at = now() WHERE tenant_id = %s AND id = %s"


def add_session(connection: TenantConnection, session: Session, token: IssuedToken) -> None:
    """Add the session and its first token."""
    times = (session.created_at, session.expires_at, session.last_used_at, session.mfa_at)
    connection.sql.exec_driver_sql(_ADD, (connection.tenant_id, session.id, session.user_id, *times))
    _add_token(connection, token)


def find_token(connection: TenantConnection, digest: bytes) -> IssuedToken | None:
    """The issued token with that digest."""
    row = connection.sql.exec_driver_sql(_FIND_ISSUED, (connection.tenant_id, digest)).one_or_none()
    if row is None:
        return None
    return IssuedToken(
        digest=row.digest,
        session_id=SessionId(row.session_id),
        generation=row.generation,
        issued_at=row.issued_at,
        used_at=row.used_at,
        used_by=row.used_by,
    )


def rotate_token(connection: TenantConnection, used: IssuedToken, successor: IssuedToken) -> None:
    """Mark the token as used, add its successor, and move the session on."""
    sql, tenant_id = connection.sql, connection.tenant_id
    sql.exec_driver_sql(_USE_ISSUED, (used.used_at, used.used_by, tenant_id, used.digest))
    _add_token(connection, successor)
    sql.exec_driver_sql(_MOVE_ON, (successor.issued_at, successor.generation, tenant_id, successor.session_id))


def list_sessions(
    connection: TenantConnection, user_id: UserId, *, before: SessionId | None, limit: int
) -> Sequence[Session]:
    """The user's sessions that go on, the latest first, begun before that one."""
    parameters = (connection.tenant_id, user_id, before, before, limit)
    return [session_of(row) for row in connection.sql.exec_driver_sql(_LIST, parameters)]


def prove_session(connection: TenantConnection, session_id: SessionId) -> None:
    """Remember that the second factor was proven now."""
    connection.sql.exec_driver_sql(_PROVE, (connection.tenant_id, session_id))


def revoke_session(connection: TenantConnection, session_id: SessionId, reason: RevokeReason) -> None:
    """End the session now, unless it has ended."""
    connection.sql.exec_driver_sql(_REVOKE, (reason, connection.tenant_id, session_id))


def find_session_rows(
    transactions: Transactions, session_ids: Sequence[SessionId]
) -> Mapping[SessionId, tuple[datetime, tuple[Any, ...]]]:
    """The rows of sessions and their users at one moment, in one round trip."""
    as_of, rows = transactions.ask(_FIND_OWNERS, transactions.tenant_id, arrays.uuids(session_ids))
    return {SessionId(row[1]): (as_of, row) for row in rows}


def session_owner_of(as_of: datetime, row: tuple[Any, ...]) -> SessionOwner:
    """The session and its user in such a row."""
    is_suspended = row[17] == TenantStatus.SUSPENDED
    is_test = row[18] == TenantKind.TEST
    return SessionOwner(
        session_of(row), user_of(row[10:]), as_of, is_suspended, is_test, row[19], _demands_of(*row[20:])
    )


def _demands_of(roles: str | None, amounts: str | None, approvals: str | None) -> FactorDemands:
    if roles is None and amounts is None and approvals is None:
        return NO_DEMANDS
    return FactorDemands(SECOND_FACTOR_ROLES.read(roles), STEP_UP_MINOR.read(amounts), APPROVAL_MINOR.read(approvals))


def _add_token(connection: TenantConnection, token: IssuedToken) -> None:
    parameters = (connection.tenant_id, token.session_id, token.generation, token.issued_at, token.digest)
    connection.sql.exec_driver_sql(_ADD_ISSUED, parameters)


def session_of(row: Sequence[Any]) -> Session:
    """The session whose columns a row begins with, in the order of `_FIND_OWNERS`."""
    return Session(
        tenant_id=TenantId(row[0]),
        id=SessionId(row[1]),
        user_id=UserId(row[2]),
        created_at=row[3],
        expires_at=row[4],
        last_used_at=row[5],
        generation=row[6],
        revoked_at=row[7],
        revoke_reason=row[8],
        mfa_at=row[9],
    )
