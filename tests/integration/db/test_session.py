"""What a session of ours depends on is set by us, whatever environment, role and database say."""

import os
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import create_engine

from bankcore.errors import InvalidRequestError
from bankcore.ledger.commands import Transfer
from bankcore_infra.db import migrate, revisions
from bankcore_infra.db.engine import Database, driver_url, single_engine
from bankcore_infra.db.session import lift_time_limit
from bankcore_infra.embedded import scratch_postgres
from bankcore_infra.settings import SettingsError
from tests.integration.ledger.books import require_sound
from tests.worlds.sql_bank import APP, QUICK, ScratchDatabase, SqlBank, sql_bank
from tests.worlds.values import npr

NEPALI: Final = "नेपाल भाडा é"
# What somebody else would have them be, and what they are with us.
SETTINGS: Final = {
    "array_nulls": ("off", "on"),
    "bytea_output": ("escape", "hex"),
    "client_encoding": ("LATIN1", "UTF8"),
    "datestyle": ("German", "ISO, MDY"),
    "default_transaction_deferrable": ("on", "off"),
    "default_transaction_isolation": ("serializable", "read committed"),
    "default_transaction_read_only": ("on", "off"),
    "enable_seqscan": ("on", "off"),
    "extra_float_digits": ("-15", "1"),
    "idle_in_transaction_session_timeout": ("1h", "10s"),
    "idle_session_timeout": ("1s", "0"),
    "intervalstyle": ("iso_8601", "postgres"),
    "jit": ("on", "off"),
    "lock_timeout": ("1h", "2s"),
    "row_security": ("off", "on"),
    "search_path": ("bankcore", "public"),
    "standard_conforming_strings": ("off", "on"),
    "statement_timeout": ("1h", "5s"),
    "synchronous_commit": ("off", "on"),
    "timezone": ("Asia/Kathmandu", "UTC"),
    "transaction_timeout": ("1s", "0"),
    "transform_null_equals": ("on", "off"),
}
OF_OTHERS: Final = {
    "PGAPPNAME": "shop",
    "PGCHANNELBINDING": "require",
    "PGCLIENTENCODING": "SQL_ASCII",
    "PGCONNECT_TIMEOUT": "soon",
    "PGDATABASE": "shop",
    "PGDATESTYLE": "German",
    "PGGEQO": "off",
    "PGGSSENCMODE": "require",
    "PGHOST": "nowhere.invalid",
    "PGHOSTADDR": "127.0.0.1",
    "PGLOADBALANCEHOSTS": "sometimes",
    "PGMINPROTOCOLVERSION": "3.2",
    "PGOPTIONS": "-c default_transaction_read_only=on -c row_security=off",
    "PGPASSWORD": "of somebody",
    "PGPORT": "1",
    "PGREQUIREAUTH": "scram-sha-256",
    "PGREQUIREPEER": "nobody",
    "PGSSLCERT": "/nowhere",
    "PGSSLMODE": "verify-full",
    "PGSSLNEGOTIATION": "direct",
    "PGTARGETSESSIONATTRS": "read-only",
    "PGTZ": "Asia/Kathmandu",
    "PGUSER": "shop",
}


def shown(database: Database, name: str) -> object:
    return database.read(lambda connection: connection.exec_driver_sql(f"SHOW {name}").scalar_one())


def known_settings(scratch: ScratchDatabase) -> set[str]:
    """Those that the server knows; an older one has no `transaction_timeout`."""
    with Database(scratch.url(), pool_size=1) as database:
        names = database.read(
            lambda connection: set(connection.exec_driver_sql("SELECT lower(name) FROM pg_settings").scalars())
        )
    return {name for name in SETTINGS if name.lower() in names}


@pytest.mark.parametrize("name", SETTINGS)
@pytest.mark.parametrize("owner", ["database", "role"])
def test_settings_of_database_and_role_do_not_reach_our_sessions(
    scratch: ScratchDatabase, name: str, owner: str
) -> None:
    if name not in known_settings(scratch):
        pytest.skip(f"this server has no {name}")
    theirs, ours = SETTINGS[name]
    quoted = sql.Identifier(scratch.name).as_string()
    whose = f"DATABASE {quoted}" if owner == "database" else f"ROLE {APP} IN DATABASE {quoted}"
    scratch.execute(f"ALTER {whose} SET {name} = {sql.Literal(theirs).as_string()}")

    with Database(scratch.url(), pool_size=1) as database:
        assert shown(database, name) == ours


@pytest.mark.parametrize("variable", OF_OTHERS)
def test_variables_of_other_programs_do_not_reach_our_connections(
    scratch: ScratchDatabase, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    known = known_settings(scratch)
    monkeypatch.setenv(variable, OF_OTHERS[variable])

    with Database(scratch.url(), pool_size=1, application_name="ours") as database:
        for name, expected in {
            **{name: SETTINGS[name][1] for name in known},
            "application_name": "ours",
        }.items():
            assert shown(database, name) == expected
        assert database.find_fault() is None


def test_a_service_of_others_that_is_not_defined_is_passed_by_and_stays_in_the_environment(
    scratch: ScratchDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGSERVICE", "shop")

    with Database(scratch.url(), pool_size=4) as database, ThreadPoolExecutor(4) as threads:
        names = list(threads.map(lambda _: shown(database, "application_name"), range(8)))

    assert set(names) == {"bankcore"}
    assert os.environ["PGSERVICE"] == "shop"


def test_what_the_address_itself_says_counts_but_for_what_we_depend_on(scratch: ScratchDatabase) -> None:
    options = "&options=-c%20work_mem%3D8MB%20-c%20row_security%3Doff&client_encoding=latin1"

    with Database(scratch.url() + options, pool_size=1) as database:
        assert shown(database, "work_mem") == "8MB"
        assert shown(database, "row_security") == "on"
        assert shown(database, "client_encoding") == "UTF8"


def test_text_is_kept_as_it_was_given(scratch: ScratchDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGCLIENTENCODING", "LATIN1")
    scratch.execute(f'ALTER DATABASE "{scratch.name}" SET client_encoding = latin1')
    with Database(scratch.url(), pool_size=1) as database:
        bank = sql_bank(scratch, database)
        alice, bob = bank.open_account(balance="1.00"), bank.open_account("bob")

        bank.ledger.execute([Transfer(alice.id, bob.id, npr("1.00"), reference=NEPALI)])

        require_sound(bank)
    monkeypatch.delenv("PGCLIENTENCODING")
    stored = scratch.scalar("SELECT convert_to(reference, 'UTF8') FROM bankcore.transactions WHERE reference <> ''")
    assert stored == NEPALI.encode()


@pytest.mark.parametrize("encoding", ["latin1", "win1252"])
def test_a_connection_of_the_caller_with_another_encoding_is_refused_by_name(bank: SqlBank, encoding: str) -> None:
    alice = bank.open_account()
    engine = create_engine(driver_url(bank.scratch.url()), connect_args={"client_encoding": encoding})

    with engine.connect() as caller:
        with pytest.raises(InvalidRequestError, match=r"client_encoding .*; the books need one with UTF8"):
            bank.using(caller).deposit(alice.id, npr("1.00"), reference=NEPALI)
        caller.commit()
    engine.dispose()

    assert bank.balance(alice) == "0.00"


def test_the_callers_own_time_zone_and_styles_change_nothing(bank: SqlBank) -> None:
    alice = bank.open_account()
    options = "-c timezone=Asia/Kathmandu -c datestyle=German -c intervalstyle=iso_8601 -c bytea_output=escape"
    engine = create_engine(driver_url(bank.scratch.url()), connect_args={"options": options})

    with engine.begin() as caller:
        for _ in range(2):
            bank.using(caller).deposit(alice.id, npr("1.00"), reference=NEPALI, idempotency_key="k")
    engine.dispose()

    assert bank.balance(alice) == "1.00"
    require_sound(bank)


@pytest.mark.parametrize("encoding", ["SQL_ASCII", "LATIN1"])
def test_a_database_that_cannot_keep_every_text_is_not_made_a_bank(scratch: ScratchDatabase, encoding: str) -> None:
    options = f"ENCODING '{encoding}' LOCALE_PROVIDER libc LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0"
    name = f"of_{encoding.lower()}"
    scratch.execute(f"CREATE DATABASE {name} {options}")
    try:
        with pytest.raises(SettingsError, match=f"encoded in {encoding}; make it with ENCODING 'UTF8'") as refused:
            migrate.upgrade(scratch.server.dsn("postgres", name))
    finally:
        scratch.execute(f"DROP DATABASE {name} WITH (FORCE)")

    assert "\n" not in str(refused.value)


def test_the_schema_is_made_whatever_the_database_says() -> None:
    with scratch_postgres(QUICK) as server:
        dsn = server.dsn("postgres", "postgres")
        with psycopg.connect(dsn, autocommit=True) as superuser:
            for name in ("default_transaction_read_only", "row_security", "datestyle", "client_encoding"):
                superuser.execute(
                    sql.SQL("ALTER DATABASE postgres SET {} = {}").format(sql.Identifier(name), SETTINGS[name][0])
                )
        migrate.upgrade(dsn)
        engine = single_engine(dsn)
        with engine.connect() as connection:
            assert revisions.current_revision(connection) == revisions.head_revision()
        engine.dispose()


def test_who_verifies_or_exports_cannot_write(scratch: ScratchDatabase) -> None:
    with Database(scratch.url(), pool_size=1, reads_only=True) as database:
        assert shown(database, "transaction_read_only") == "on"


def test_who_reads_whole_tables_compares_no_kept_rows_one_by_one(scratch: ScratchDatabase) -> None:
    with Database(scratch.url(), pool_size=1) as database:
        with database.begin() as connection:
            lift_time_limit(connection)
            assert connection.exec_driver_sql("SHOW enable_material").scalar_one() == "off"

        assert shown(database, "enable_material") == "on"


def test_a_time_limit_is_lifted_for_one_transaction_only(scratch: ScratchDatabase) -> None:
    with Database(scratch.url(), pool_size=1) as database:
        with database.begin() as connection:
            lift_time_limit(connection)
            driver = connection.connection.driver_connection
            assert connection.exec_driver_sql("SHOW statement_timeout").scalar_one() == "0"
            assert getattr(driver, "answer_within_s", 0) > 60

        assert shown(database, "statement_timeout") == "5s"
        assert getattr(driver, "answer_within_s", 0) < 60
