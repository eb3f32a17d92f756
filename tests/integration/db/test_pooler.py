"""Behind a pooler each transaction may have another session: it is given its settings, and nothing is left behind."""

from collections.abc import Iterator

import psycopg
import pytest
from psycopg import ConnectionInfo
from sqlalchemy import event

from bankcore_infra.db.engine import Database
from bankcore_infra.ledger.verification import verify_books
from tests.integration.db.test_session import SETTINGS
from tests.integration.ledger.books import require_sound
from tests.worlds.sql_bank import ScratchDatabase, sql_bank
from tests.worlds.values import npr

UNTOUCHED = ("row_security", "statement_timeout", "datestyle", "synchronous_commit", "search_path")


@pytest.fixture
def pooled(scratch: ScratchDatabase, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """A database whose connections are greeted by another backend than answers, and find a fresh session each time."""
    monkeypatch.setattr(ConnectionInfo, "backend_pid", property(lambda _info: -7))
    with Database(scratch.url(), pool_size=2) as database:

        def forget(driver: psycopg.Connection, _record: object) -> None:
            driver.autocommit = True
            driver.execute("DISCARD ALL")
            driver.autocommit = False

        event.listen(database._engine, "checkin", forget)  # noqa: SLF001 - every tenant has this handle
        yield database


def test_money_moves_and_the_books_are_sound(scratch: ScratchDatabase, pooled: Database) -> None:
    bank = sql_bank(scratch, pooled)
    alice, bob = bank.open_account(balance="10.00"), bank.open_account("bob")

    for number in range(5):
        for _ in range(2):
            bank.ledger.transfer(alice.id, bob.id, npr("1.00"), idempotency_key=f"{number}")

    assert (bank.balance(alice), bank.balance(bob)) == ("5.00", "5.00")
    require_sound(bank)
    with pooled.engine_for(bank.tenant_id).connect() as connection:
        assert verify_books(connection, bank.tenant_id).is_clean
    assert pooled.find_fault() is None


@pytest.mark.parametrize("name", SETTINGS)
def test_settings_of_the_pooled_session_do_not_reach_our_transactions(
    scratch: ScratchDatabase, pooled: Database, name: str
) -> None:
    theirs, ours = SETTINGS[name]
    scratch.execute(f"ALTER DATABASE \"{scratch.name}\" SET {name} = '{theirs}'")
    # What a transaction is by default is said with BEGIN, so that it need not be set.
    shown = name.removeprefix("default_") if name.startswith("default_transaction_") else name

    value = pooled.read(lambda connection: connection.exec_driver_sql(f"SHOW {shown}").scalar_one())

    assert value == ours


def test_nothing_is_left_in_a_session_that_somebody_else_gets(scratch: ScratchDatabase, pooled: Database) -> None:
    bank = sql_bank(scratch, pooled)
    alice = bank.open_account(balance="10.00")
    seen: list[tuple[object, ...]] = []

    def look(driver: psycopg.Connection, _record: object) -> None:
        driver.autocommit = True
        seen.append(
            (
                driver.execute("SELECT count(*) FROM pg_prepared_statements").fetchall()[0][0],
                *[driver.execute(f"SHOW {name}").fetchall()[0][0] for name in UNTOUCHED],
            )
        )
        driver.autocommit = False

    event.listen(pooled._engine, "checkin", look, insert=True)  # noqa: SLF001 - as above
    with psycopg.connect(scratch.url()) as fresh:
        usual = tuple(fresh.execute(f"SHOW {name}").fetchall()[0][0] for name in UNTOUCHED)
    bank.ledger.deposit(alice.id, npr("1.00"))
    bank.queries.get_account(alice.id)
    pooled.read(lambda connection: connection.exec_driver_sql("SELECT 1").scalar_one())

    assert seen
    assert set(seen) == {(0, *usual)}
