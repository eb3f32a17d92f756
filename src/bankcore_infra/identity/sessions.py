"""Sessions and issued refresh tokens out of and into their rows."""

from typing import Any, Final

from sqlalchemy import Row, bindparam, func, insert, select, update

from bankcore.identifiers import SessionId, TenantId, UserId
from bankcore.identity.ports import SessionOwner
from bankcore.identity.sessions import IssuedToken, RevokeReason, Session
from bankcore_infra.db.tables import REFRESH_TOKENS, SESSIONS, USERS
from bankcore_infra.db.transactions import TenantConnection
from bankcore_infra.identity.users import USER_COLUMNS, user_of

# Built once: every request that needs a token asks this, and building a statement costs more than running it.
_FIND_OWNER: Final = (
    select(*USER_COLUMNS, *(column.label(f"session_{column.name}") for column in SESSIONS.c))
    .join_from(SESSIONS, USERS, (USERS.c.tenant_id == SESSIONS.c.tenant_id) & (USERS.c.id == SESSIONS.c.user_id))
    .where(SESSIONS.c.tenant_id == bindparam("tenant"), SESSIONS.c.id == bindparam("session"))
)


def add_session(connection: TenantConnection, session: Session, token: IssuedToken) -> None:
    """Add the session and its first token."""
    connection.sql.execute(
        insert(SESSIONS).values(
            tenant_id=connection.tenant_id,
            id=session.id,
            user_id=session.user_id,
            created_at=session.created_at,
            expires_at=session.expires_at,
            last_used_at=session.last_used_at,
        )
    )
    _add_token(connection, token)


def find_token(connection: TenantConnection, digest: bytes) -> IssuedToken | None:
    """The issued token with that digest."""
    statement = select(REFRESH_TOKENS).where(
        REFRESH_TOKENS.c.tenant_id == connection.tenant_id, REFRESH_TOKENS.c.digest == digest
    )
    row = connection.sql.execute(statement).one_or_none()
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
    connection.sql.execute(
        update(REFRESH_TOKENS)
        .where(REFRESH_TOKENS.c.tenant_id == connection.tenant_id, REFRESH_TOKENS.c.digest == used.digest)
        .values(used_at=used.used_at, used_by=used.used_by)
    )
    _add_token(connection, successor)
    connection.sql.execute(
        update(SESSIONS)
        .where(SESSIONS.c.tenant_id == connection.tenant_id, SESSIONS.c.id == successor.session_id)
        .values(last_used_at=successor.issued_at, generation=successor.generation)
    )


def revoke_session(connection: TenantConnection, session_id: SessionId, reason: RevokeReason) -> None:
    """End the session now, unless it has ended."""
    connection.sql.execute(
        update(SESSIONS)
        .where(
            SESSIONS.c.tenant_id == connection.tenant_id, SESSIONS.c.id == session_id, SESSIONS.c.revoked_at.is_(None)
        )
        .values(revoked_at=func.now(), revoke_reason=reason)
    )


def find_session_owner(connection: TenantConnection, session_id: SessionId) -> SessionOwner | None:
    """The session and its user, in one statement."""
    row = connection.sql.execute(_FIND_OWNER, {"tenant": connection.tenant_id, "session": session_id}).one_or_none()
    return None if row is None else SessionOwner(_session_of(row), user_of(row))


def _add_token(connection: TenantConnection, token: IssuedToken) -> None:
    connection.sql.execute(
        insert(REFRESH_TOKENS).values(
            tenant_id=connection.tenant_id,
            session_id=token.session_id,
            generation=token.generation,
            issued_at=token.issued_at,
            digest=token.digest,
        )
    )


def _session_of(row: Row[*tuple[Any, ...]]) -> Session:
    return Session(
        tenant_id=TenantId(row.session_tenant_id),
        id=SessionId(row.session_id),
        user_id=UserId(row.session_user_id),
        created_at=row.session_created_at,
        expires_at=row.session_expires_at,
        last_used_at=row.session_last_used_at,
        generation=row.session_generation,
        revoked_at=row.session_revoked_at,
        revoke_reason=None if row.session_revoke_reason is None else RevokeReason(row.session_revoke_reason),
    )
