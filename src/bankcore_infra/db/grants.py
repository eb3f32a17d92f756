"""Lets a role of somebody else's keep books: what the application may, and nothing more (docs/adr/0053)."""

from typing import Final

from sqlalchemy import Connection, text

from bankcore_infra.db.engine import single_engine
from bankcore_infra.db.revisions import OWNER_SETTING
from bankcore_infra.db.roles import DatabaseRole

_ROLE: Final = text("""
    SELECT rolsuper OR rolbypassrls AS is_above_rules, pg_has_role(oid, :owner, 'MEMBER') AS is_owner,
           pg_has_role(oid, :app, 'USAGE') AS may_keep_books
    FROM pg_roles WHERE rolname = :role
""")


class UnfitRoleError(Exception):
    """The role cannot keep books, and why."""


def let_keep_books(owner_url: str, role: str) -> bool:
    """Make the role a member of the application's; False if it could keep books already.

    Raises:
        UnfitRoleError: there is no such role, or row level security does not bind it.
    """
    engine = single_engine(owner_url, application_name="bankcore db", setting=OWNER_SETTING)
    try:
        with engine.begin() as connection:
            if _may_keep_books(connection, role):
                return False
            name = connection.dialect.identifier_preparer.quote_identifier(role)
            connection.exec_driver_sql(f"GRANT {DatabaseRole.APP} TO {name}")
            if not _may_keep_books(connection, role):
                raise UnfitRoleError(f"what a group may, {role} may not: it has NOINHERIT; ALTER ROLE {name} INHERIT")
            return True
    finally:
        engine.dispose()


def _may_keep_books(connection: Connection, role: str) -> bool:
    parameters = {"role": role, "owner": DatabaseRole.OWNER, "app": DatabaseRole.APP}
    found = connection.execute(_ROLE, parameters).one_or_none()
    if found is None:
        raise UnfitRoleError(f"there is no role {role}; make it with CREATE ROLE ... LOGIN")
    if found.is_above_rules or found.is_owner:
        raise UnfitRoleError(f"{role} stands above row level security; give your program another role")
    return bool(found.may_keep_books)
