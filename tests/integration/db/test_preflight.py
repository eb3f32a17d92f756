"""The application refuses a database on which it could not keep its promises, and says why in one line."""

import pytest

from bankcore_infra.db import migrate
from bankcore_infra.db.engine import Database
from bankcore_infra.db.preflight import check_database
from bankcore_infra.settings import SettingsError
from tests.sql_bank import APP, ScratchDatabase


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


def test_commits_that_could_be_lost_are_refused(scratch: ScratchDatabase) -> None:
    url = scratch.url(APP)

    assert "fsync = off" in refusal(url)
    scratch.execute(f'ALTER ROLE {APP} IN DATABASE "{scratch.name}" SET synchronous_commit = off')
    assert "synchronous_commit off" in refusal(url)


def test_a_database_that_is_no_bank_or_not_there_is_refused(scratch: ScratchDatabase) -> None:
    migrate.downgrade(scratch.url("postgres"), "base")
    assert "sqlstate 42501" in refusal(scratch.url(APP))

    assert "cannot connect" in refusal(scratch.url(APP).replace(scratch.name, "nowhere"))
