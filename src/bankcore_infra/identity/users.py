"""Users out of and into their rows."""

from collections.abc import Sequence
from typing import Any, Final

from bankcore.identifiers import TenantId, UserId
from bankcore.identity.emails import Email
from bankcore.identity.users import Credentials, Role, User, UserStatus
from bankcore_infra.db import arrays
from bankcore_infra.db.tenant_connection import TenantConnection

_IS_SUSPENDED: Final = "SELECT status = 'suspended' FROM bankcore.tenants WHERE id = %s"
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
_CHANGE_ROLES: Final = """
    UPDATE bankcore.users SET roles = %s::text[] WHERE tenant_id = %s AND id = %s AND roles <> %s::text[]
"""
_LIST: Final = """
    SELECT tenant_id, id, email, full_name, roles, status, created_at FROM bankcore.users
    WHERE tenant_id = %s AND (%s::uuid IS NULL OR id < %s)
    ORDER BY id DESC LIMIT %s
"""
# In the words of the index for them.
_LIST_MEMBERS: Final = """
    SELECT tenant_id, id, email, full_name, roles, status, created_at FROM bankcore.users
    WHERE tenant_id = %s AND (%s::uuid IS NULL OR id < %s) AND roles && ARRAY['owner', 'developer', 'viewer']
    ORDER BY id DESC LIMIT %s
"""
_LIST_OWNERS: Final = """
    SELECT tenant_id, id, email, full_name, roles, status, created_at FROM bankcore.users
    WHERE tenant_id = %s AND roles && ARRAY['owner', 'developer', 'viewer'] AND 'owner' = ANY (roles)
    ORDER BY id
"""
_REPLACE_HASH: Final = """
    UPDATE bankcore.users SET password_hash = %s WHERE tenant_id = %s AND id = %s AND password_hash = %s
"""


def is_tenant_suspended(connection: TenantConnection) -> bool:
    """Whether the tenant is suspended."""
    return bool(connection.sql.exec_driver_sql(_IS_SUSPENDED, (connection.tenant_id,)).scalar())


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


def change_user_roles(connection: TenantConnection, user_id: UserId, roles: frozenset[Role]) -> bool:
    """Give the user these roles; False if it has them already."""
    wanted = arrays.texts(sorted(roles))
    changed = connection.sql.exec_driver_sql(_CHANGE_ROLES, (wanted, connection.tenant_id, user_id, wanted))
    return changed.rowcount == 1


def list_users(connection: TenantConnection, *, before: UserId | None, limit: int) -> Sequence[User]:
    """Users, the latest first, made before that one."""
    rows = connection.sql.exec_driver_sql(_LIST, (connection.tenant_id, before, before, limit))
    return [user_of(row) for row in rows]


def list_members(connection: TenantConnection, *, before: UserId | None, limit: int) -> Sequence[User]:
    """Members of the team, the latest first, made before that one."""
    rows = connection.sql.exec_driver_sql(_LIST_MEMBERS, (connection.tenant_id, before, before, limit))
    return [user_of(row) for row in rows]


def list_owners(connection: TenantConnection) -> Sequence[User]:
    """The owners of the team."""
    return [user_of(row) for row in connection.sql.exec_driver_sql(_LIST_OWNERS, (connection.tenant_id,))]


def replace_password_hash(connection: TenantConnection, user_id: UserId, *, old: str, new: str) -> bool:
    """Store the new hash if the old one is still there; False if it is not."""
    replaced = connection.sql.exec_driver_sql(_REPLACE_HASH, (new, connection.tenant_id, user_id, old))
    return replaced.rowcount == 1


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
