"""Moves the schema forwards and backwards with Alembic, as the owner role."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

from bankcore_infra.db.engine import single_engine
from bankcore_infra.db.revisions import OWNER_SETTING, script_directory
from bankcore_infra.db.roles import DatabaseRole, is_prepared, make_roles, prepare_roles
from bankcore_infra.db.session import encoding_fault
from bankcore_infra.settings import SettingsError

# Of the advisory locks with two numbers, which nothing else here takes.
_MIGRATION_LOCK: Final = "1650551403, 1"
_PAUSE_S: Final = 0.1


def prepare_restore(url: str) -> None:
    """Make the roles alone, for a backup that brings schema and tables along."""
    engine = single_engine(url, application_name="bankcore db", setting=OWNER_SETTING)
    with engine.begin() as connection:
        make_roles(connection)
    engine.dispose()


def upgrade(url: str, revision: str = "head") -> bool:
    """Prepare roles and schema if they are missing, and migrate up; whether they were missing."""
    return _run(url, lambda config: command.upgrade(config, revision))


def downgrade(url: str, revision: str) -> None:
    """Migrate down to that revision (`base` for none, `-1` for one step)."""
    _run(url, lambda config: command.downgrade(config, revision))


@contextmanager
def open_as_owner(url: str) -> Iterator[Connection]:
    """A connection as the owner of schema and tables, for a login that may become it; outside any transaction."""
    engine = single_engine(url, application_name="bankcore db", setting=OWNER_SETTING)
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql(f"SET ROLE {DatabaseRole.OWNER}")
            connection.commit()
            yield connection
    finally:
        engine.dispose()


def _run(url: str, migrate: Callable[[Config], None]) -> bool:
    is_new = _prepare(url)
    with open_as_owner(url) as connection:
        # Two that migrate at once would make the same tables; the second one finds nothing left to do.
        _take_turn(connection)
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", str(script_directory()).replace("%", "%%"))
        migrate(config)
    return is_new


def _prepare(url: str) -> bool:
    """Make roles and schema, if they are missing, as whoever the URL names; whether they were."""
    engine = single_engine(url, application_name="bankcore db", setting=OWNER_SETTING)
    with engine.connect() as connection:
        if (fault := encoding_fault(connection)) is not None:
            raise SettingsError(OWNER_SETTING, fault)
        _take_turn(connection)
        is_new = not is_prepared(connection)
        if is_new:
            prepare_roles(connection)
        connection.commit()
    engine.dispose()
    return is_new


def _take_turn(connection: Connection) -> None:
    """Be the only one that migrates, until the connection ends.

    It asks again and again, each time in a transaction of its own: an index that is built beside those who write waits
    for everybody who waits in a statement, and would wait for us.
    """
    connection.commit()
    while not connection.exec_driver_sql(f"SELECT pg_try_advisory_lock({_MIGRATION_LOCK})").scalar_one():
        connection.commit()
        time.sleep(_PAUSE_S)
    connection.commit()
