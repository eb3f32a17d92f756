"""A program with tables and migrations of its own in the bank's database: neither stands in the other's way."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, create_engine, inspect
from sqlalchemy.pool import NullPool

from bankcore.schema import SCHEMA
from bankcore_infra.db.engine import driver_url
from bankcore_infra.db.migrate import downgrade, upgrade
from bankcore_infra.db.revisions import current_revision, head_revision
from tests.worlds.sql_bank import SUPERUSER, SqlBank

ENV = """
from alembic import context
from bankcore.schema import include_name
from sqlalchemy import Column, Integer, MetaData, Table

metadata = MetaData()
for name in ("accounts", "entries"):
    Table(name, metadata, Column("id", Integer, primary_key=True))

with context.config.attributes["engine"].connect() as connection:
    context.configure(
        connection=connection, target_metadata=metadata, include_schemas=True, include_name=include_name
    )
    with context.begin_transaction():
        context.run_migrations()
"""
TEMPLATE = """
from alembic import op
import sqlalchemy as sa
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
def upgrade():
    ${upgrades or "pass"}
def downgrade():
    ${downgrades or "pass"}
"""


@pytest.fixture
def engine(bank: SqlBank) -> Iterator[Engine]:
    """The program's own engine, as the owner of the database."""
    engine = create_engine(driver_url(bank.scratch.url(SUPERUSER)), poolclass=NullPool)
    yield engine
    engine.dispose()


@pytest.fixture
def program(engine: Engine, tmp_path: Path) -> Config:
    """The program's migrations, in which are tables that have names like ours."""
    (tmp_path / "versions").mkdir()
    (tmp_path / "env.py").write_text(ENV, encoding="utf-8")
    (tmp_path / "script.py.mako").write_text(TEMPLATE, encoding="utf-8")
    config = Config(attributes={"engine": engine})
    config.set_main_option("script_location", str(tmp_path))
    config.set_main_option("path_separator", "os")
    return config


def test_each_has_its_own_migrations(bank: SqlBank, engine: Engine, program: Config) -> None:
    command.revision(program, "first", autogenerate=True)
    command.upgrade(program, "head")
    command.check(program)

    assert set(inspect(engine).get_table_names()) == {"accounts", "entries", "alembic_version"}
    with engine.connect() as connection:
        assert current_revision(connection) == head_revision()
    downgrade(bank.scratch.url(SUPERUSER), "-1")
    upgrade(bank.scratch.url(SUPERUSER))
    command.downgrade(program, "base")
    assert set(inspect(engine).get_table_names()) == {"alembic_version"}
    assert {"accounts", "alembic_version"} <= set(inspect(engine).get_table_names(schema=SCHEMA))


def test_what_is_generated_says_nothing_of_our_tables(program: Config) -> None:
    script = command.revision(program, "first", autogenerate=True)

    assert script is not None
    assert not isinstance(script, list)
    written = Path(script.path).read_text(encoding="utf-8")
    assert "create_table('accounts'" in written
    assert "drop_table('alembic_version'" not in written
    assert SCHEMA not in written


def test_a_name_without_a_schema_is_ours_for_our_own_roles_alone(bank: SqlBank) -> None:
    bank.scratch.execute("DROP ROLE IF EXISTS guest")
    bank.scratch.execute("CREATE ROLE guest LOGIN IN ROLE bankcore_app")
    ours = ("bankcore_app", "bankcore_auditor", "bankcore_migrator")
    for role in (SUPERUSER, "guest", *ours):
        own = create_engine(driver_url(bank.scratch.url(role)), poolclass=NullPool)
        with own.connect() as connection:
            found = connection.exec_driver_sql("SELECT to_regclass('entries')").scalar()
        own.dispose()
        assert (found is not None) == (role in ours), role
    with bank.database.begin() as connection:
        assert connection.exec_driver_sql("SELECT to_regclass('entries')").scalar() is None
