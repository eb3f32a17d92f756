"""Every committed record gets one position, dense, in the order of each account; nobody's trouble is another's."""

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any, Final

import psycopg
import pytest
from psycopg import errors

from bankcore.errors import UnavailableError
from bankcore.ledger.commands import Transfer
from bankcore_infra.audit.recording.positions import Placed, place_records, read_placed
from bankcore_infra.db.engine import Database
from bankcore_infra.db.transactions import OwnTransactions
from tests.integration.audit.malformed import MALFORMED, insert_malformed
from tests.integration.audit.placing import committed, place, placed, sequences
from tests.sizes import sized
from tests.worlds.sealing import SEALER, SealingRole
from tests.worlds.sql_bank import APP, ScratchDatabase, SqlBank
from tests.worlds.values import npr

WRITERS: Final = 16
EACH: Final = sized(12, nightly=50)


def require_order(bank: SqlBank) -> None:
    """Each account opens first, except ours, which have no record of it, and then counts."""
    for found in sequences(bank).values():
        assert found == list(range(1 - (0 in found), len(found) + 1 - (0 in found))) or found == sorted(found)
        assert len(found) == len(set(found))


@contextmanager
def holding_a_number(scratch: ScratchDatabase, role: str = APP) -> Iterator[psycopg.Connection]:
    """Somebody who holds a transaction number meanwhile."""
    with psycopg.connect(scratch.url(role)) as connection:
        connection.execute("SET idle_in_transaction_session_timeout = 0")
        connection.execute("SELECT pg_current_xact_id()")
        yield connection
        connection.rollback()


def write(bank: SqlBank, database: Database, accounts: list[Any], seed: int) -> None:
    """Transfers in transactions that begin early, post late, and are rolled back at times, in parts or as a whole."""
    dice = random.Random(seed)
    for _ in range(EACH):
        with database.engine_for(bank.tenant_id).connect() as connection:
            connection.exec_driver_sql("SELECT pg_current_xact_id()")
            time.sleep(dice.random() * 0.02)
            source, target = dice.sample(accounts, 2)
            # Whoever waits too long for an account gives up; the log has nothing of it.
            with suppress(UnavailableError):
                for _ in range(dice.randint(1, 3)):
                    savepoint = connection.begin_nested()
                    bank.using(connection).execute([Transfer(source.id, target.id, npr("1.00"))])
                    savepoint.rollback() if dice.random() < 0.2 else savepoint.commit()
                connection.rollback() if dice.random() < 0.2 else connection.commit()


@pytest.mark.security
@pytest.mark.timeout(120)
def test_what_sixteen_writers_commit_gets_its_positions_once_and_in_the_order_of_each_account(bank: SqlBank) -> None:
    accounts = [bank.open_account(f"holder {number}", floor=None) for number in range(12)]
    database = Database(bank.scratch.url(APP), pool_size=WRITERS)
    writers = [threading.Thread(target=write, args=(bank, database, accounts, seed)) for seed in range(WRITERS)]
    is_over = threading.Event()

    def go_on(most: int) -> None:
        while not is_over.is_set():
            place(bank, most=most, is_patient=False)

    placers = [threading.Thread(target=go_on, args=(most,)) for most in (3, 1_000)]
    with holding_a_number(bank.scratch):
        for thread in [*writers, *placers]:
            thread.start()
        for thread in writers:
            thread.join(100)
        is_over.set()
        for thread in placers:
            thread.join(20)
        while not place(bank).is_whole:
            pass

        found = placed(bank)
    database.close()
    assert set(found) == committed(bank)
    assert len(found) > WRITERS * EACH / 2
    require_order(bank)


@pytest.mark.parametrize("role", [APP, "bankcore_auditor", SEALER])
def test_whoever_holds_a_transaction_number_holds_up_nobody(bank: SqlBank, role: str) -> None:
    with holding_a_number(bank.scratch, role):
        bank.open_account(balance="1.00")

        place(bank)

        assert set(placed(bank)) == committed(bank)


def test_a_transaction_that_stays_open_does_not_make_others_be_looked_through_again(bank: SqlBank) -> None:
    account = bank.open_account()
    place(bank)
    with bank.database.engine_for(bank.tenant_id).connect() as slow:
        bank.using(slow).execute([Transfer(account.id, account.id, npr("1.00"))])
        for _ in range(3):
            bank.open_account("bob")
            place(bank)
        below, in_progress = bank.scratch.row("SELECT below::text::bigint, in_progress::text FROM bankcore.log_states")
        late = bank.scratch.scalar("SELECT max(xid::text::bigint) FROM bankcore.audit_log")
        own = slow.exec_driver_sql("SELECT pg_current_xact_id()::text").scalar_one()
        slow.commit()

    assert int(str(below)) > int(str(late))
    assert str(own) in str(in_progress)
    assert place(bank).number == 1
    assert set(placed(bank)) == committed(bank)


def test_a_page_at_a_time_makes_the_same_log(bank: SqlBank) -> None:
    account = bank.open_account(floor=None)
    for _ in range(20):
        bank.ledger.deposit(account.id, npr("1.00"))

    steps = [place(bank, most=4)]
    while not steps[-1].is_whole:
        steps.append(place(bank, most=4))

    assert [step.number for step in steps] == [4, 4, 4, 4, 4, 1]
    assert bank.scratch.row("SELECT waiting, served FROM bankcore.log_states") == ([], 0)
    assert set(placed(bank)) == committed(bank)
    require_order(bank)
    assert place(bank) == Placed(0, is_whole=True)


def test_an_account_opens_before_its_first_entry_though_that_began_earlier(bank: SqlBank) -> None:
    with bank.database.engine_for(bank.tenant_id).connect() as early:
        ledger = bank.using(early)
        early.exec_driver_sql("SELECT now()")
        account = bank.open_account(floor=None)
        other = bank.open_account("bob")
        ledger.execute([Transfer(account.id, other.id, npr("1.00"))])
        early.commit()
    times = bank.scratch.rows("SELECT action FROM bankcore.audit_log ORDER BY at, id")

    place(bank)

    assert times[0] == ("transaction.posted",)
    assert sequences(bank) == {str(account.id): [0, 1], str(other.id): [0, 1]}


def test_the_order_of_an_account_holds_when_the_clock_goes_back(bank: SqlBank) -> None:
    account = bank.open_account(floor=None)
    # As a server leaves it whose clock was ahead.
    bank.ledger.deposit(account.id, npr("1.00"))
    for table, column in (("entries", "posted_at"), ("accounts", "last_posted_at"), ("audit_log", "at")):
        bank.scratch.execute(f"ALTER TABLE bankcore.{table} DISABLE TRIGGER ALL")
        bank.scratch.execute(f"UPDATE bankcore.{table} SET {column} = {column} + interval '4 minutes'")
    for _ in range(3):
        bank.ledger.deposit(account.id, npr("1.00"))

    place(bank)

    assert sequences(bank)[str(account.id)] == [0, 1, 2, 3, 4]


def test_no_caller_can_give_positions_in_a_snapshot_of_before(bank: SqlBank) -> None:
    bank.open_account()
    with psycopg.connect(bank.scratch.url(APP)) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.execute("SELECT set_config('bankcore.tenant_id', %s, true)", (str(bank.tenant_id),))

        answer = connection.execute("SELECT placed, problem FROM bankcore.place_records(10, true)").fetchone()

    assert answer == (0, "isolation")


_NOT_OURS: Final = (
    """INSERT INTO bankcore.log_leaves (tenant_id, idx, audit_id, hash, nodes)
       VALUES ('{tenant}', 0, gen_random_uuid(), sha256('x'), '{{}}')""",
    "UPDATE bankcore.log_states SET size = 0",
    "DELETE FROM bankcore.log_states",
    "SELECT FROM bankcore.log_states FOR UPDATE",
    """INSERT INTO bankcore.log_states (tenant_id, size, below, system_id, in_progress, frontier)
       VALUES ('{tenant}', 0, '0', 1, '{{}}', '{{}}')""",
)


@pytest.mark.parametrize("statement", _NOT_OURS)
@pytest.mark.parametrize("role", [APP, SEALER, "bankcore_auditor"])
def test_no_role_can_choose_a_position_or_stop_them(bank: SqlBank, role: str, statement: str) -> None:
    bank.open_account()
    place(bank)
    with psycopg.connect(bank.scratch.url(role)) as connection:
        connection.execute("SELECT set_config('bankcore.tenant_id', %s, true)", (str(bank.tenant_id),))

        with pytest.raises((errors.InsufficientPrivilege, errors.ReadOnlySqlTransaction)):
            connection.execute(statement.format(tenant=bank.tenant_id).encode())


def test_a_record_of_the_same_transaction_that_comes_later_is_not_passed_by(bank: SqlBank) -> None:
    bank.open_account()

    def work(connection: Any) -> None:
        insert_malformed(connection.sql, bank.tenant_id, "no JSON")
        place_records(connection)
        insert_malformed(connection.sql, bank.tenant_id, "no JSON")

    OwnTransactions(bank.database, bank.tenant_id).run(work)
    bank.open_account("bob")

    place(bank)

    assert set(placed(bank)) == committed(bank)


def test_malformed_records_have_their_places_are_sealed_and_are_in_nobodys_way(
    bank: SqlBank, other_bank: SqlBank, role: SealingRole
) -> None:
    bank.open_account()
    with psycopg.connect(bank.scratch.url(APP)) as connection:
        connection.execute("SELECT set_config('bankcore.tenant_id', %s, false)", (str(bank.tenant_id),))
        for kind in MALFORMED:
            insert_malformed(connection, bank.tenant_id, kind)
            connection.commit()
            assert role.seal(bank.scratch, bank).is_done, kind
    bank.open_account("bob", balance="1.00")
    other_bank.open_account()

    assert role.seal(bank.scratch, bank).is_done
    place(other_bank)

    assert set(placed(bank)) == committed(bank)
    assert set(placed(other_bank)) == committed(other_bank)
    records = OwnTransactions(bank.database, bank.tenant_id).rehearse(
        lambda connection: read_placed(connection, 0, limit=100)
    )
    assert [record.id for record in records] == placed(bank)


def test_positions_are_given_within_a_tenth_of_a_second_in_a_log_of_thousands(bank: SqlBank) -> None:
    account = bank.open_account(floor=None)
    bank.ledger.execute([Transfer(account.id, bank.open_account("bob").id, npr("1.00")) for _ in range(1_000)])
    began = time.monotonic()

    assert place(bank).number > 1_000

    assert timedelta(seconds=time.monotonic() - began) < timedelta(seconds=2)


def test_the_database_of_the_sealing_role_gives_positions_too(bank: SqlBank, scratch: ScratchDatabase) -> None:
    bank.open_account()
    with Database(scratch.url(SEALER), pool_size=1) as database:
        OwnTransactions(database, bank.tenant_id).run(place_records)

    assert set(placed(bank)) == committed(bank)
