"""What becomes of a connection that is lost, or whose server is silent: bounded, typed, and nobody's failure later."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, Final
from uuid import UUID

import psycopg
import pytest
from psycopg import errors
from sqlalchemy import Connection, create_engine, event
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from bankcore.errors import OutcomeUnknownError, UnavailableError
from bankcore.identifiers import TenantId
from bankcore_infra.db import driver as bounded
from bankcore_infra.db.driver import BoundedConnection, is_usable
from bankcore_infra.db.engine import Database, driver_url
from bankcore_infra.db.exchange import Exchange, ExchangeError, Sent, Statement
from bankcore_infra.db.sqlstates import Meaning, meaning_of
from bankcore_infra.db.transactions import OwnTransactions
from bankcore_infra.readiness import Inquiry
from bankcore_infra.tenancy.directory import SqlTenantDirectory
from tests.integration.ledger.books import require_sound
from tests.worlds.sql_bank import APP, ScratchDatabase, SqlBank
from tests.worlds.values import npr

END_ALL: Final = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = %s AND datname = %s"
SHORT_S: Final = 0.3
SOON_S: Final = 4.0
# The tries that go on for as long as the time for tries lasts, and the last of them.
BOUNDED_S: Final = 12.0


@contextmanager
def frozen(*pids: int) -> Iterator[None]:
    """Processes that do not answer until the block ends, as on a machine that hangs."""
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded, "ANSWER_WITHIN_S", SHORT_S)


def fill(database: Database, connections: int) -> list[int]:
    """Let the pool keep that many connections; the process ids of their backends."""
    pids = []
    gate = threading.Barrier(connections)

    def work(connection: Connection) -> None:
        pids.append(connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one())
        gate.wait()

    threads = [threading.Thread(target=database.read, args=(work,)) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return pids


def test_rows_that_came_before_the_end_are_read_without_the_connection(scratch: ScratchDatabase) -> None:
    with psycopg.connect(scratch.url(APP)) as driver:
        exchange = Exchange(driver, set())
        exchange.send(Sent(Statement("SELECT now(), 'text', '{}'::jsonb")))
        exchange.send(Sent(Statement("SELECT pg_terminate_backend(pg_backend_pid())")))

        with pytest.raises(ExchangeError) as caught:
            exchange.finish()

    assert meaning_of(caught.value) is Meaning.LOST_CONNECTION


def test_what_is_sent_on_a_closed_connection_is_never_taken_for_done(scratch: ScratchDatabase) -> None:
    driver = psycopg.connect(scratch.url(APP))
    driver.close()
    exchange = Exchange(driver, set())
    exchange.send(Sent(Statement("COMMIT")))

    with pytest.raises(ExchangeError):
        exchange.finish()


def test_after_the_server_ended_all_connections_nobody_notices(
    scratch: ScratchDatabase, database: Database, bank: SqlBank
) -> None:
    alice = bank.open_account()
    for _ in range(3):
        fill(database, 5)
        scratch.rows(END_ALL, APP, scratch.name)

        for number in range(5):
            with database.begin() as connection:
                assert connection.exec_driver_sql(f"SELECT {number}").scalar_one() == number
        scratch.rows(END_ALL, APP, scratch.name)
        bank.ledger.deposit(alice.id, npr("1.00"))
        scratch.rows(END_ALL, APP, scratch.name)
        assert [tenant.slug for tenant in SqlTenantDirectory(database).list_tenants()] == ["main"]
        assert database.find_fault() is None

    assert bank.balance(alice) == "3.00"
    require_sound(bank)


def test_a_connection_is_usable_until_its_end_is_heard(scratch: ScratchDatabase) -> None:
    with psycopg.connect(scratch.url(), autocommit=True) as driver:
        assert is_usable(driver)
        scratch.rows(END_ALL, APP, scratch.name)
        assert not is_usable(driver)
        driver.close()
        assert not is_usable(driver)


def test_reading_is_done_again_when_the_connection_is_lost_in_the_middle(
    scratch: ScratchDatabase, database: Database
) -> None:
    began = list[int]()

    def work(connection: Connection, *, losses: int) -> int:
        pid: int = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
        began.append(pid)
        if len(began) <= losses:
            scratch.scalar("SELECT pg_terminate_backend(%s, 5000)", pid)
        connection.exec_driver_sql("SELECT 1")
        return pid

    assert database.read(partial(work, losses=2)) == began[2]
    with pytest.raises(UnavailableError):
        database.read(partial(work, losses=100))


def test_a_transaction_that_is_given_up_says_why_to_whoever_reads_the_log(caplog: pytest.LogCaptureFixture) -> None:
    nowhere = OwnTransactions(Database("postgresql://bankcore_app@127.0.0.1:1/nowhere"), TenantId(UUID(int=1)))

    with pytest.raises(UnavailableError):
        nowhere.run(lambda _connection: None)

    assert 'transaction given up: cause="lost_connection", is_unknown=false' in caplog.messages


def test_a_commit_without_an_answer_is_unknown_and_all_else_is_not_recorded(
    scratch: ScratchDatabase, database: Database
) -> None:
    def end(connection: Connection) -> None:
        pid = connection.connection.driver_connection.info.backend_pid  # type: ignore[union-attr]
        scratch.scalar("SELECT pg_terminate_backend(%s, 5000)", pid)

    def lose() -> None:
        with database.begin() as connection:
            end(connection)
            connection.exec_driver_sql("SELECT 1")

    with pytest.raises(UnavailableError):
        lose()

    event.listen(database._engine, "commit", end)  # noqa: SLF001 - the tenant's handle is the same
    with pytest.raises(OutcomeUnknownError), database.begin() as connection:
        connection.exec_driver_sql("SELECT 1")


@pytest.mark.usefixtures("impatient")
def test_a_silent_server_keeps_nobody(bank: SqlBank, database: Database) -> None:
    alice = bank.open_account(balance="1.00")
    began = time.monotonic()
    for _ in range(2):
        with frozen(*fill(database, 1)):
            assert bank.balance(alice) == "1.00"
        with frozen(*fill(database, 1)):
            assert SqlTenantDirectory(database).find_tenant("main") is not None
    assert time.monotonic() - began < SOON_S

    with frozen(bank.scratch.server.process.pid, *fill(database, 1)):
        for ask in (lambda: bank.balance(alice), SqlTenantDirectory(database).list_tenants):
            began = time.monotonic()
            with pytest.raises(UnavailableError):
                ask()
            assert time.monotonic() - began < BOUNDED_S

    assert bank.balance(alice) == "1.00"


@pytest.mark.usefixtures("impatient")
def test_a_posting_that_a_silent_server_swallowed_is_made_once(bank: SqlBank, database: Database) -> None:
    alice = bank.open_account()
    with frozen(*fill(database, 1)):
        bank.ledger.deposit(alice.id, npr("1.00"), idempotency_key="k")

    bank.ledger.deposit(alice.id, npr("1.00"), idempotency_key="k")

    assert bank.balance(alice) == "1.00"
    require_sound(bank)


@pytest.mark.usefixtures("impatient")
def test_a_wait_of_the_drivers_own_ends_and_closes_the_connection(scratch: ScratchDatabase) -> None:
    with BoundedConnection.connect(scratch.url()) as connection:
        with pytest.raises(errors.OperationalError, match="no answer within"):
            connection.execute("SELECT pg_sleep(60)")
        assert connection.closed


def test_a_patient_connection_waits(scratch: ScratchDatabase, impatient: None) -> None:
    with BoundedConnection.connect(scratch.url()) as connection:
        connection.has_patience = True
        assert connection.execute("SELECT pg_sleep(%s)", [2 * SHORT_S]).fetchall()
        with pytest.raises(errors.DivisionByZero):
            connection.execute("SELECT 1 / 0")


def test_a_migration_meanwhile_costs_a_statement_nothing(bank: SqlBank, database: Database) -> None:
    alice = bank.open_account(balance="1.00")
    fill(database, 1)
    bank.queries.get_account(alice.id)
    bank.scratch.execute("ALTER TABLE bankcore.accounts ALTER COLUMN name TYPE varchar")

    assert bank.queries.get_account(alice.id).balance == npr("1.00")
    bank.ledger.deposit(alice.id, npr("1.00"))

    assert bank.balance(alice) == "2.00"


@pytest.mark.parametrize(
    ("error", "meaning"),
    [
        (PoolTimeoutError(), Meaning.BUSY),
        (errors.OperationalError("the connection is closed"), Meaning.LOST_CONNECTION),
        (errors.InterfaceError("the cursor is closed"), Meaning.LOST_CONNECTION),
        (errors.AdminShutdown(), Meaning.LOST_CONNECTION),
        (ExchangeError(0, errors.IdleInTransactionSessionTimeout()), Meaning.BUSY),
        (ExchangeError(None, errors.OperationalError()), Meaning.LOST_CONNECTION),
        (OperationalError("SELECT 1", None, errors.CannotConnectNow()), Meaning.LOST_CONNECTION),
        (OperationalError("SELECT 1", None, errors.TooManyConnections()), Meaning.BUSY),
        (errors.DivisionByZero(), Meaning.DEFECT),
    ],
)
def test_whatever_the_driver_raises_has_a_meaning(error: Any, meaning: Meaning) -> None:
    assert meaning_of(error) is meaning


def test_an_inquiry_is_answered_in_time_and_asked_again_after(caplog: pytest.LogCaptureFixture) -> None:
    answers, asked = list[str | None](), threading.Event()

    def find_fault() -> str | None:
        asked.wait()
        return answers.pop()

    inquiry = Inquiry(find_fault)

    def fault_within(seconds: float) -> str | None:
        inquiry.begin()
        return inquiry.fault(by=time.monotonic() + seconds)

    assert [fault_within(0.05), fault_within(0)] == ["it does not answer"] * 2
    answers[:] = [None, "it burns"]
    asked.set()
    assert [fault_within(SOON_S) for _ in range(3)] == ["it burns", None, "it could not be asked"]


def test_a_closed_connection_of_the_callers_is_unavailable(bank: SqlBank) -> None:
    alice = bank.open_account()
    engine = create_engine(driver_url(bank.scratch.url()))

    with engine.connect() as caller:
        caller.exec_driver_sql("SELECT 1")
        bank.scratch.rows(END_ALL, APP, bank.scratch.name)
        with pytest.raises(UnavailableError):
            bank.using(caller).deposit(alice.id, npr("1.00"))
    engine.dispose()

    assert bank.balance(alice) == "0.00"
