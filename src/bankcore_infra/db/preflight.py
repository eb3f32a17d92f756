"""Refuses to start on a database that cannot keep the promises."""

from typing import Final

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from bankcore.errors import UnavailableError
from bankcore_infra.db.engine import Database
from bankcore_infra.db.revisions import current_revision, head_revision
from bankcore_infra.db.roles import DatabaseRole
from bankcore_infra.db.session import encoding_fault
from bankcore_infra.db.sqlstates import sqlstate_of
from bankcore_infra.settings import Checksums, SettingsError, variable_of

_SETTINGS: Final = {"fsync": "on", "full_page_writes": "on", "max_prepared_transactions": "0"}
WITHOUT_CHECKSUMS: Final = (
    "the server runs with data_checksums = off; run `pg_checksums --enable` while it is stopped, or set "
    f"{variable_of('data_checksums')}={Checksums.WAIVED}"
)
_WEAK_COMMITS: Final = frozenset({"off", "local"})
_TRIGGERS: Final = (
    "transactions_append_only",
    "entries_append_only",
    "audit_log_append_only",
    "accounts_append_only",
    "entries_check",
    "accounts_check",
)
_ROLE: Final = text("""
    SELECT rolsuper OR rolbypassrls AS is_above_rules, pg_has_role(:owner, 'MEMBER') AS is_owner, current_user AS name
    FROM pg_roles WHERE rolname = current_user
""")
_MISSING_TRIGGERS: Final = text("""
    SELECT name FROM unnest(CAST(:names AS text[])) AS protecting (name)
    WHERE NOT EXISTS (
        SELECT FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid
        WHERE c.relnamespace = 'bankcore'::regnamespace AND t.tgname = protecting.name AND t.tgenabled = 'A')
    ORDER BY name LIMIT 1
""")
# Without these every posting, or its record, would fail.
_MISSING_PRIVILEGES: Final = text("""
    SELECT wanted.name, wanted.privilege
    FROM (VALUES
        ('accounts', 'SELECT'), ('transactions', 'SELECT'), ('transactions', 'INSERT'), ('entries', 'SELECT'),
        ('entries', 'INSERT'), ('audit_log', 'SELECT'), ('idempotency_keys', 'INSERT'), ('idempotency_keys', 'DELETE'),
        ('tenants', 'SELECT'), ('sessions', 'SELECT'), ('users', 'SELECT')
    ) AS wanted (name, privilege)
    WHERE NOT has_table_privilege('bankcore.' || wanted.name, wanted.privilege)
    UNION ALL
    SELECT wanted.name || ' (' || wanted.part || ')', wanted.privilege
    FROM (VALUES
        ('accounts', 'balance_minor', 'UPDATE'), ('accounts', 'id', 'INSERT'), ('audit_log', 'body', 'INSERT')
    ) AS wanted (name, part, privilege)
    WHERE NOT has_column_privilege('bankcore.' || wanted.name, wanted.part, wanted.privilege)
    LIMIT 1
""")
_WEAKENED_TRIGGERS: Final = text("""
    SELECT t.tgname FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid
    WHERE c.relnamespace = 'bankcore'::regnamespace AND NOT t.tgisinternal AND t.tgenabled <> 'A'
    ORDER BY t.tgname LIMIT 1
""")
_OPEN_TABLES: Final = text("""
    SELECT c.relname FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'tenant_id'
    WHERE c.relnamespace = 'bankcore'::regnamespace AND c.relkind IN ('r', 'p')
      AND NOT (c.relrowsecurity AND c.relforcerowsecurity)
    ORDER BY c.relname LIMIT 1
""")


def check_database(database: Database, checksums: Checksums = Checksums.WARNED) -> None:
    """Require that the application may run on this database as this role.

    Raises:
        SettingsError: what is wrong and what would put it right, in one line.
    """
    try:
        with database.begin() as connection:
            _check_session(connection)
            _check_role(connection)
            _check_schema(connection)
            _check_server(connection)
            _check_checksums(connection, checksums)
    except UnavailableError as error:
        raise SettingsError("BANKCORE_DATABASE_URL", f"cannot connect: {_first_line(error.__cause__)}") from None
    except DBAPIError as error:
        raise SettingsError(
            "BANKCORE_DATABASE_URL", f"the database refused us (sqlstate {sqlstate_of(error)})"
        ) from None


def _check_session(connection: Connection) -> None:
    if (fault := encoding_fault(connection)) is not None:
        raise SettingsError("BANKCORE_DATABASE_URL", fault)
    if connection.scalar(text("SHOW transaction_read_only")) == "on":
        raise SettingsError("BANKCORE_DATABASE_URL", "the server takes no writes; is it a standby?")
    # Our own triggers fire all the same, but those of foreign keys do not, and only a superuser may set it back.
    if (found := connection.scalar(text("SHOW session_replication_role"))) != "origin":
        raise SettingsError(
            "BANKCORE_DATABASE_URL", f"the session has session_replication_role = {found}; set it to origin"
        )


def _check_role(connection: Connection) -> None:
    role = connection.execute(_ROLE, {"owner": DatabaseRole.OWNER}).one()
    if role.is_above_rules or role.is_owner:
        raise SettingsError(
            "BANKCORE_DATABASE_URL",
            f"role {role.name} stands above row level security; use a member of {DatabaseRole.APP}",
        )


def _check_schema(connection: Connection) -> None:
    found, wanted = current_revision(connection), head_revision()
    if found != wanted:
        raise SettingsError(
            "BANKCORE_DATABASE_URL", f"the schema is at revision {found}, not {wanted}; run `bankcore db upgrade`"
        )
    missing = connection.scalar(_MISSING_TRIGGERS, {"names": list(_TRIGGERS)})
    if (name := missing or connection.scalar(_WEAKENED_TRIGGERS)) is not None:
        raise SettingsError(
            "BANKCORE_DATABASE_URL",
            f"the trigger {name}, which protects the books, is missing or disabled; run `bankcore verify`, "
            "then ALTER TABLE ... ENABLE ALWAYS TRIGGER, or restore a backup",
        )
    if (fault := find_missing_privilege(connection)) is not None:
        raise SettingsError("BANKCORE_DATABASE_URL", fault)
    if (name := connection.scalar(_OPEN_TABLES)) is not None:
        raise SettingsError(
            "BANKCORE_DATABASE_URL",
            f"row level security is not forced on the table {name}; "
            "run ALTER TABLE ... ENABLE, and FORCE, ROW LEVEL SECURITY",
        )


def has_checksums(database: Database) -> bool:
    """Whether the server notices pages that a disk has changed. Raises: UnavailableError."""
    with database.begin() as connection:
        return _has_checksums(connection)


def find_missing_privilege(connection: Connection) -> str | None:
    """What the role of this connection may not do, without which every posting fails, and who gives it."""
    missing = connection.execute(_MISSING_PRIVILEGES).first()
    if missing is None:
        return None
    return (
        f"the role may not {missing.privilege} {missing.name}; "
        f"grant what `bankcore db upgrade` gives {DatabaseRole.APP}"
    )


def _check_server(connection: Connection) -> None:
    if connection.scalar(text("SHOW synchronous_commit")) in _WEAK_COMMITS:
        raise SettingsError("BANKCORE_DATABASE_URL", "the session has synchronous_commit off; commits could be lost")
    for name, wanted in _SETTINGS.items():
        found = connection.scalar(text(f"SHOW {name}"))
        if found != wanted:
            raise SettingsError("BANKCORE_DATABASE_URL", f"the server runs with {name} = {found}; set it to {wanted}")


def _check_checksums(connection: Connection, checksums: Checksums) -> None:
    """A page that a disk has changed is then an error, and not another balance."""
    if checksums is Checksums.REQUIRED and not _has_checksums(connection):
        raise SettingsError("BANKCORE_DATABASE_URL", WITHOUT_CHECKSUMS)


def _has_checksums(connection: Connection) -> bool:
    return bool(connection.scalar(text("SHOW data_checksums")) == "on")


def _first_line(error: BaseException | None) -> str:
    """What the driver says of a connection it did not get; it names host and role, never the password."""
    original = getattr(error, "orig", error)
    return str(original).partition("\n")[0] or type(original).__name__
