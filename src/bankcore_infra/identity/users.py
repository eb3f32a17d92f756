"""Users out of and into their rows."""

from typing import Any, Final

from sqlalchemy import ColumnElement, Row, select, update
from sqlalchemy.dialects.postgresql import insert

from bankcore.identifiers import TenantId, UserId
from bankcore.identity.emails import Email
from bankcore.identity.users import Credentials, Role, User, UserStatus
from bankcore_infra.db.tables import USERS
from bankcore_infra.db.tenant_connection import TenantConnection

USER_COLUMNS: Final[tuple[ColumnElement[Any], ...]] = (
    USERS.c.tenant_id,
    USERS.c.id,
    USERS.c.email,
    USERS.c.full_name,
    USERS.c.roles,
    USERS.c.status,
    USERS.c.created_at,
)


def add_user(connection: TenantConnection, credentials: Credentials) -> bool:
    """Add the user; False if the address is taken, after waiting for whoever is adding the same one."""
    user = credentials.user
    statement = insert(USERS).values(
        tenant_id=connection.tenant_id,
        id=user.id,
        created_at=user.created_at,
        email=user.email,
        full_name=user.full_name,
        password_hash=credentials.password_hash,
        roles=sorted(user.roles),
        status=user.status,
    )
    added = statement.on_conflict_do_nothing(constraint="users_email_key").returning(USERS.c.id)
    return connection.sql.execute(added).one_or_none() is not None


def find_user(connection: TenantConnection, user_id: UserId) -> User | None:
    """The user with that id."""
    statement = select(*USER_COLUMNS).where(USERS.c.tenant_id == connection.tenant_id, USERS.c.id == user_id)
    row = connection.sql.execute(statement).one_or_none()
    return None if row is None else user_of(row)


def find_credentials(connection: TenantConnection, email: Email) -> Credentials | None:
    """The user with that address, and the stored hash."""
    statement = select(*USER_COLUMNS, USERS.c.password_hash).where(
        USERS.c.tenant_id == connection.tenant_id, USERS.c.email == email
    )
    row = connection.sql.execute(statement).one_or_none()
    return None if row is None else Credentials(user_of(row), row.password_hash)


def replace_password_hash(connection: TenantConnection, user_id: UserId, *, old: str, new: str) -> None:
    """Store the new hash if the old one is still there."""
    connection.sql.execute(
        update(USERS)
        .where(USERS.c.tenant_id == connection.tenant_id, USERS.c.id == user_id, USERS.c.password_hash == old)
        .values(password_hash=new)
    )


def user_of(row: Row[*tuple[Any, ...]]) -> User:
    """The user in a row that has `USER_COLUMNS`."""
    return User(
        tenant_id=TenantId(row.tenant_id),
        id=UserId(row.id),
        email=Email(row.email),
        full_name=row.full_name,
        roles=frozenset(map(Role, row.roles)),
        status=UserStatus(row.status),
        created_at=row.created_at,
    )
