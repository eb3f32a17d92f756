"""Which revision of the schema a database is at, and which this version wants; nothing here migrates."""

from pathlib import Path
from typing import Final

from sqlalchemy import Connection

OWNER_SETTING: Final = "BANKCORE_OWNER_DATABASE_URL"
_PACKAGE: Final = Path(__file__).resolve().parent.parent
_IS_THERE: Final = """
    SELECT EXISTS (SELECT FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
                   WHERE n.nspname = 'bankcore' AND c.relname = 'alembic_version')
"""


def script_directory() -> Path:
    """Where the migrations are: inside the installed package, or beside the sources of a checkout."""
    installed = _PACKAGE / "migrations"
    return installed if installed.is_dir() else _PACKAGE.parent.parent / "migrations"


def current_revision(connection: Connection) -> str | None:
    """The revision the database is at, None for an empty one."""
    if not connection.exec_driver_sql(_IS_THERE).scalar_one():
        return None
    found: str | None = connection.exec_driver_sql("SELECT version_num FROM bankcore.alembic_version").scalar()
    return found


def head_revision() -> str:
    """The newest revision this code knows: the number that the last file begins with."""
    newest = max(path.name for path in (script_directory() / "versions").glob("[0-9]*.py"))
    return newest.partition("_")[0]
