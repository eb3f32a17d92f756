"""The application refuses a database on which it could not keep its promises, and says why in one line."""

import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from bankcore_infra.db import migrate
from bankcore_infra.db.engine import Database
from bankcore_infra.db.preflight import check_database
from bankcore_infra.embedded.account import ServerAccount
from bankcore_infra.embedded.data_dir import DataDir
from bankcore_infra.embedded.postgres import PostgresCluster, PostgresServer
from bankcore_infra.settings import SettingsError
from tests.worlds.sql_bank import APP, QUICK, ScratchDatabase


def refusal(url: str) -> str:
    with Database(url) as database, pytest.raises(SettingsError) as refused:
        check_database(database)
    message = str(refused.value)
    assert "\n" not in message
    assert message.startswith("BANKCORE_DATABASE_URL: ")
    return message


@pytest.mark.parametrize("role", ["postgres", "bankcore_migrator"])
def test_a_role_above_row_level_security_is_refused(scratch: ScratchDatabase, role: str) -> None:
    assert "stands above row level security" in refusal(scratch.url(role))


def test_a_schema_of_another_version_is_refused(scratch: ScratchDatabase) -> None:
    migrate.downgrade(scratch.url("postgres"), "-1")

    assert "run `bankcore db upgrade`" in refusal(scratch.url(APP))


@pytest.mark.parametrize(
    ("table", "trigger"),
    [("entries", "entries_append_only"), ("entries", "entries_check"), ("accounts", "accounts_check")],
)
def test_a_disabled_trigger_is_refused_by_name(scratch: ScratchDatabase, table: str, trigger: str) -> None:
    scratch.execute(f"ALTER TABLE bankcore.{table} DISABLE TRIGGER {trigger}")

    assert f"the trigger {trigger}," in refusal(scratch.url(APP))


@pytest.mark.parametrize("weakening", ["DISABLE", "NO FORCE"])
def test_a_table_open_to_other_tenants_is_refused_by_name(scratch: ScratchDatabase, weakening: str) -> None:
    scratch.execute(f"ALTER TABLE bankcore.entries {weakening} ROW LEVEL SECURITY")

    assert "not forced on the table entries" in refusal(scratch.url(APP))


def test_a_server_that_could_lose_commits_is_refused(scratch: ScratchDatabase) -> None:
    assert "fsync = off" in refusal(scratch.url(APP))


def test_a_session_that_checks_no_foreign_key_is_refused(scratch: ScratchDatabase) -> None:
    scratch.execute(f'ALTER DATABASE "{scratch.name}" SET session_replication_role = replica')

    assert "session_replication_role = replica" in refusal(scratch.url(APP))


@pytest.mark.parametrize(
    ("missing", "said"),
    [
        ("INSERT ON bankcore.entries", "may not INSERT entries"),
        ("UPDATE (balance_minor) ON bankcore.accounts", "may not UPDATE accounts (balance_minor)"),
        ("SELECT ON bankcore.users", "may not SELECT users"),
    ],
)
def test_a_role_that_may_not_do_the_work_is_refused_by_what_is_missing(
    scratch: ScratchDatabase, missing: str, said: str
) -> None:
    scratch.execute(f"REVOKE {missing} FROM {APP}")

    assert said in refusal(scratch.url(APP))


def test_the_role_of_the_auditor_is_not_one_to_post_with(scratch: ScratchDatabase) -> None:
    assert "the role may not" in refusal(scratch.url("bankcore_auditor"))


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="standby-", ignore_cleanup_errors=True) as made:
        yield Path(made)


def test_a_standby_is_refused_and_is_not_ready(folder: Path) -> None:
    folders = DataDir.at(folder)
    account = ServerAccount.choose(folders.postgres)
    folders.prepare(account)
    cluster = PostgresCluster(
        version=18, folder=folders.postgres, sockets=folders.sockets, log=folders.log / "log", account=account
    )
    cluster.create(unfinished=folders.postgres_unfinished)
    with running(cluster, QUICK) as primary:
        migrate.upgrade(primary.dsn("postgres", "postgres"))
        assert Database(primary.dsn(APP, "postgres")).find_fault() is None
    (folders.postgres / "standby.signal").touch()

    with running(cluster, QUICK) as standby, Database(standby.dsn(APP, "postgres"), pool_size=1) as database:
        fault = database.find_fault()
        with pytest.raises(SettingsError, match="takes no writes; is it a standby"):
            check_database(database)

    assert fault == "it is a standby, which takes nothing"
    folders.tidy()


@contextmanager
def running(cluster: PostgresCluster, settings: Mapping[str, str]) -> Iterator[PostgresServer]:
    server = cluster.launch(settings)
    try:
        while not server.is_ready():
            server.process.require_running()
            time.sleep(0.02)
        yield server
    finally:
        server.begin_stop()
        server.finish_stop()


def test_a_database_that_is_no_bank_or_not_there_is_refused(scratch: ScratchDatabase) -> None:
    migrate.downgrade(scratch.url("postgres"), "base")
    assert "sqlstate 42501" in refusal(scratch.url(APP))

    assert "cannot connect" in refusal(scratch.url(APP).replace(scratch.name, "nowhere"))
