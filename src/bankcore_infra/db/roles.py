"""The database roles: who owns, who writes, who reads. Made once for each cluster by somebody who may."""

from enum import StrEnum
from typing import Final

from sqlalchemy import Connection, text


class DatabaseRole(StrEnum):
    """The roles of a bankcore database."""

    OWNER = "bankcore_owner"
    MIGRATOR = "bankcore_migrator"
    APP = "bankcore_app"
    AUDITOR = "bankcore_auditor"
    SEALER = "bankcore_sealer"


_ROLES: Final = {
    DatabaseRole.OWNER: "NOLOGIN",
    DatabaseRole.MIGRATOR: "LOGIN",
    DatabaseRole.APP: "LOGIN",
    DatabaseRole.AUDITOR: "LOGIN",
    DatabaseRole.SEALER: "LOGIN",
}
# For whoever looks at the books with a client of his own. Roles of other programs have no such setting, and neither has
# the database.
_OUR_TABLES: Final = "bankcore, public"
# A waiting or forgotten transaction must end by itself, whatever client it came from.
_SETTINGS: Final = {
    DatabaseRole.APP: {
        "search_path": _OUR_TABLES,
        "lock_timeout": "2s",
        "statement_timeout": "5s",
        "idle_in_transaction_session_timeout": "10s",
    },
    DatabaseRole.AUDITOR: {"search_path": _OUR_TABLES, "default_transaction_read_only": "on"},
    DatabaseRole.SEALER: {
        "search_path": _OUR_TABLES,
        "default_transaction_isolation": "read committed",
        "lock_timeout": "5s",
        "statement_timeout": "30s",
        "idle_in_transaction_session_timeout": "10s",
    },
    DatabaseRole.OWNER: {"search_path": _OUR_TABLES},
    DatabaseRole.MIGRATOR: {"search_path": _OUR_TABLES, "role": str(DatabaseRole.OWNER), "lock_timeout": "4s"},
}


def prepare_roles(connection: Connection) -> None:
    """Make the roles that are missing, their settings, and the schema; repeatable. Needs the same as `make_roles`."""
    make_roles(connection)
    connection.exec_driver_sql(f"CREATE SCHEMA IF NOT EXISTS bankcore AUTHORIZATION {DatabaseRole.OWNER}")


def make_roles(connection: Connection) -> None:
    """Make the roles that are missing, with their settings and the owner's right to this database; repeatable.

    Needs a superuser, or what managed services give: a role with CREATEROLE that owns the database. Login roles have no
    password until the administrator gives them one, so nobody gets in by default.
    """
    present = set(connection.scalars(text("SELECT rolname FROM pg_roles")))
    for role, login in _ROLES.items():
        if role not in present:
            connection.exec_driver_sql(f"CREATE ROLE {role} {login} NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE")
    connection.exec_driver_sql(f"GRANT {DatabaseRole.OWNER} TO {DatabaseRole.MIGRATOR}")
    if not connection.scalar(text("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")):
        # Who has made a role may give it away, but from PostgreSQL 16 on not act as it without having been given it.
        connection.exec_driver_sql(f"GRANT {DatabaseRole.OWNER} TO CURRENT_USER")
    for role, settings in _SETTINGS.items():
        for name, value in settings.items():
            connection.exec_driver_sql(
                f"ALTER ROLE {role} SET {name} = {value if name == 'search_path' else repr(value)}"
            )
    database = str(connection.scalar(text("SELECT current_database()")))
    name = connection.dialect.identifier_preparer.quote_identifier(database)
    connection.exec_driver_sql(f"GRANT CREATE ON DATABASE {name} TO {DatabaseRole.OWNER}")


def is_prepared(connection: Connection) -> bool:
    """Whether roles and schema are there."""
    present = set(connection.scalars(text("SELECT rolname FROM pg_roles")))
    schema = connection.scalar(text("SELECT count(*) FROM pg_namespace WHERE nspname = 'bankcore'"))
    return bool(schema) and present >= set(_ROLES)
