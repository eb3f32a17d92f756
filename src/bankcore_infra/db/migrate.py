"""Moves the schema forwards and backwards with Alembic, as the owner role."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.pool import NullPool

from bankcore_infra.db.engine import driver_url
from bankcore_infra.db.roles import DatabaseRole, is_prepared, prepare_roles

_PACKAGE: Final = Path(__file__).resolve().parent.parent


def script_directory() -> Path:
    """Where the migrations are: inside the installed package, or beside the sources of a checkout."""
    installed = _PACKAGE / "migrations"
    return installed if installed.is_dir() else _PACKAGE.parent.parent / "migrations"


def upgrade(url: str, revision: str = "head") -> None:
    """Prepare roles and schema if they are missing, and migrate up."""
    _run(url, lambda config: command.upgrade(config, revision))


def downgrade(url: str, revision: str) -> None:
    """Migrate down to that revision (`base` for none, `-1` for one step)."""
    _run(url, lambda config: command.downgrade(config, revision))


def current_revision(connection: Connection) -> str | None:
    """The revision the database is at, None for an empty one."""
    context = MigrationContext.configure(connection, opts={"version_table_schema": "bankcore"})
    return context.get_current_revision()


def head_revision() -> str:
    """The newest revision this code knows."""
    head = ScriptDirectory(str(script_directory())).get_current_head()
    if head is None:
        raise RuntimeError(f"no migrations in {script_directory()}")
    return head


def _run(url: str, migrate: Callable[[Config], None]) -> None:
    engine = create_engine(driver_url(url), poolclass=NullPool)
    with engine.connect() as connection:
        if not is_prepared(connection):
            database = connection.scalar(text("SELECT current_database()"))
            prepare_roles(connection, database=str(database))
        connection.commit()
        connection.exec_driver_sql(f"SET ROLE {DatabaseRole.OWNER}")
        connection.commit()
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", str(script_directory()))
        migrate(config)
    engine.dispose()
