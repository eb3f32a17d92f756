"""Users out of and into their rows."""

from collections.abc import Sequence
from typing import Any, Final

from bankcore.identifiers import TenantId, UserId
from bankcore.identity.emails import Email
from bankcore.identity.users import Credentials, Role, User, UserStatus
from bankcore_infra.db import arrays
from bankcore_infra.db.tenant_connection import TenantConnection

_ADD: Final = """
    INSERT INTO bankcore.users (tenant_id, id, created_at, email, full_name, password_hash, roles, status)
    VALUES (%s, %s, %s, %s, %s, %s, %s::text[], %s)
    ON CONFLICT ON CONSTRAINT users_email_key DO NOTHING
"""
_FIND: Final = """
    SELECT tenant_id, id, email, full_name, roles, status, created_at FROM bankcore.users
    WHERE tenant_id = %s AND id = %s
"""
_FIND_CREDENTIALS: Final = """
    SELECT tenant_id, id, email, full_name, roles, status, created_at, password_hash FROM bankcore.users
    WHERE tenant_id = %s AND email = %s
"""
_CHANGE_STATUS: Final = """
    UPDATE bankcore.users SET status = %s WHERE tenant_id = %s AND id = %s AND status <> %s
"""
_REPLACE_HASH: Final = """
    UPDATE bankcore.users SET password_hash = %s WHERE tenant_id = %s AND id = %s AND password_hash = %s
"""


def add_user(connection: TenantConnection, credentials: Credentials) -> bool:
    """Add the user; False if the address is taken. Waits for a transaction that is adding the same address."""
    user = credentials.user
    known = (user.email, user.full_name, credentials.password_hash, arrays.texts(sorted(user.roles)), user.status)
    added = connection.sql.exec_driver_sql(_ADD, (connection.tenant_id, user.id, user.created_at, *known))
    return added.rowcount == 1


def find_user(connection: TenantConnection, user_id: UserId) -> User | None:
    """The user with that id."""
    row = connection.sql.exec_driver_sql(_FIND, (connection.tenant_id, user_id)).one_or_none()
    return None if row is None else user_of(row)


def find_credentials(connection: TenantConnection, email: Email) -> Credentials | None:
    """The user with that address, and the stored hash."""
    row = connection.sql.exec_driver_sql(_FIND_CREDENTIALS, (connection.tenant_id, email)).one_or_none()
    return None if row is None else Credentials(user_of(row), row.password_hash)


def change_user_status(connection: TenantConnection, user_id: UserId, status: UserStatus) -> bool:
    """Set the user's status; False if it was this one already."""
    changed = connection.sql.exec_driver_sql(_CHANGE_STATUS, (status, connection.tenant_id, user_id, status))
    return changed.rowcount == 1


def replace_password_hash(connection: TenantConnection, user_id: UserId, *, old: str, new: str) -> None:
    """Store the new hash if the old one is still there."""
    connection.sql.exec_driver_sql(_REPLACE_HASH, (new, connection.tenant_id, user_id, old))


def user_of(row: Sequence[Any]) -> User:
    """The user whose columns a row begins with, in the order of the statements here."""
    return User(
        tenant_id=TenantId(row[0]),
        id=UserId(row[1]),
        email=Email(row[2]),
        full_name=row[3],
        roles=frozenset(map(Role, row[4])),
        status=UserStatus(row[5]),
        created_at=row[6],
    )
