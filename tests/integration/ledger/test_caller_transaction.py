"""The ledger inside the caller's own transaction: his rows and the money come and go together."""

from collections.abc import Iterator
from itertools import count

import pytest
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.exc import DBAPIError

from bankcore.errors import InvalidRequestError, UnavailableError
from bankcore.ledger.commands import Deposit, OpenAccount, Transfer
from bankcore.ledger.events import LedgerEvent
from bankcore.ledger.rejections import InsufficientFundsError
from bankcore.ledger.service import LedgerService
from bankcore_infra.db.engine import Database
from bankcore_infra.db.transactions import OwnTransactions
from bankcore_infra.ledger.queries import SqlLedgerQueries
from bankcore_infra.ledger.unit import SqlUnitsOfWork
from tests.integration.ledger.books import require_sound
from tests.worlds.database_faults import accident_at, failure
from tests.worlds.sql_bank import SqlBank
from tests.worlds.values import NPR, npr, words


@pytest.fixture
def engine(bank: SqlBank) -> Engine:
    """The caller's engine, on a database where he has a table of his own."""
    bank.scratch.execute("CREATE TABLE public.orders (id int PRIMARY KEY)")
    bank.scratch.execute("GRANT ALL ON public.orders TO bankcore_app")
    return bank.database.engine_for(bank.tenant_id)


@pytest.fixture
def caller(engine: Engine) -> Iterator[Connection]:
    """The caller's connection, with an order in its open transaction."""
    with engine.connect() as connection:
        connection.execute(text("INSERT INTO public.orders VALUES (1)"))
        yield connection


def orders(bank: SqlBank) -> object:
    return bank.scratch.scalar("SELECT count(*) FROM public.orders")


def test_money_key_audit_and_the_callers_rows_are_committed_together(bank: SqlBank, caller: Connection) -> None:
    alice = bank.open_account()
    bank.using(caller).deposit(alice.id, npr("1.00"), idempotency_key="k")
    assert (bank.balance(alice), orders(bank)) == ("0.00", 0)

    caller.commit()

    assert (bank.balance(alice), orders(bank)) == ("1.00", 1)
    assert words(bank.ledger.execute([Deposit(alice.id, npr("1.00"), idempotency_key="k")])) == ["again:posted"]
    require_sound(bank)


def test_all_of_it_is_undone_with_the_callers_transaction(bank: SqlBank, caller: Connection) -> None:
    alice = bank.open_account()
    before = bank.scratch.scalar("SELECT count(*) FROM bankcore.audit_log")
    ledger = bank.using(caller)
    ledger.deposit(alice.id, npr("1.00"), idempotency_key="k")
    ledger.open_account(OpenAccount("bob", NPR))

    caller.rollback()

    assert (bank.balance(alice), orders(bank)) == ("0.00", 0)
    assert bank.scratch.scalar("SELECT count(*) FROM bankcore.audit_log") == before
    assert words(bank.ledger.execute([Deposit(alice.id, npr("1.00"), idempotency_key="k")])) == ["posted"]


def test_a_refusal_leaves_the_transaction_usable_and_is_kept_with_it(bank: SqlBank, caller: Connection) -> None:
    alice, bob = bank.open_account(balance="1.00"), bank.open_account("bob")
    ledger = bank.using(caller)

    with pytest.raises(InsufficientFundsError):
        ledger.transfer(alice.id, bob.id, npr("2.00"), idempotency_key="k")
    caller.execute(text("INSERT INTO public.orders VALUES (2)"))
    ledger.transfer(alice.id, bob.id, npr("0.50"))
    caller.commit()

    assert (bank.balance(bob), orders(bank)) == ("0.50", 2)
    again = bank.ledger.execute([Transfer(alice.id, bob.id, npr("2.00"), idempotency_key="k")])
    assert words(again) == ["again:insufficient_funds"]


@pytest.mark.parametrize("sqlstate", ["40001", "40P01", "55P03", "23505"])
def test_a_failed_statement_leaves_the_transaction_usable(
    bank: SqlBank, engine: Engine, caller: Connection, sqlstate: str
) -> None:
    alice = bank.open_account()
    for index in count():
        with accident_at(engine, index, failure(sqlstate)) as fuse:
            try:
                bank.using(caller).deposit(alice.id, npr("1.00"))
            except UnavailableError:
                assert sqlstate != "23505"
        caller.execute(text("INSERT INTO public.orders VALUES (:id)"), {"id": 100 + index})
        if not fuse.has_blown:
            break
    caller.commit()

    # A lost race is run again in a new savepoint; the rest is the caller's decision.
    assert bank.balance(alice) == ("1.00" if sqlstate != "23505" else f"{index + 1}.00")
    assert orders(bank) == 2 + index
    require_sound(bank)


def test_within_one_transaction_the_caller_sees_his_own_postings_and_nobody_else_does(
    bank: SqlBank, caller: Connection
) -> None:
    ledger = bank.using(caller)
    alice = ledger.open_account(OpenAccount("alice", NPR))
    ledger.deposit(alice.id, npr("3.00"))
    bob = ledger.open_account(OpenAccount("bob", NPR))
    outcomes = ledger.execute(
        [Transfer(alice.id, bob.id, npr("2.00")), Transfer(alice.id, bob.id, npr("2.00"))], atomic=True
    )
    assert words(outcomes) == ["batch_rejected", "insufficient_funds"]
    ledger.transfer(alice.id, bob.id, npr("3.00"))
    assert bank.queries.list_accounts(owner_id="bob", limit=1) == []

    caller.commit()

    assert bank.balance(bob) == "3.00"
    require_sound(bank)


def test_a_rehearsal_leaves_nothing_in_the_callers_transaction(bank: SqlBank, caller: Connection) -> None:
    alice = bank.open_account()

    outcomes = bank.using(caller).execute([Deposit(alice.id, npr("1.00"), idempotency_key="k")], dry_run=True)
    caller.commit()

    assert words(outcomes) == ["posted"]
    assert (bank.balance(alice), orders(bank)) == ("0.00", 1)
    assert bank.scratch.scalar("SELECT count(*) FROM bankcore.idempotency_keys") == 0


def test_it_never_commits_and_tells_nobody_of_what_may_yet_be_undone(bank: SqlBank, caller: Connection) -> None:
    told: list[LedgerEvent] = []
    bank.signals.on_committed(told.extend)
    alice = bank.open_account()
    told.clear()

    with accident_at(caller.engine, -1, lambda _connection: None) as fuse:
        bank.using(caller).deposit(alice.id, npr("1.00"))

    assert not {"COMMIT", "ROLLBACK"} & set(fuse.statements)
    assert caller.in_transaction()
    assert told == []


def test_two_tenants_can_be_paid_in_one_transaction(bank: SqlBank, other_bank: SqlBank, caller: Connection) -> None:
    alice, eve = bank.open_account(), other_bank.open_account("eve")

    for _ in range(2):
        bank.using(caller).deposit(alice.id, npr("1.00"))
        other_bank.using(caller).deposit(eve.id, npr("1.00"))
    caller.commit()

    assert bank.balance(alice) == other_bank.balance(eve) == "2.00"
    require_sound(bank)


def test_a_connection_that_keeps_nothing_together_is_refused_with_a_sentence(
    bank: SqlBank, engine: Engine, caller: Connection
) -> None:
    alice = bank.open_account(balance="5.00")
    with engine.connect() as closed:
        pass
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as autocommit:
        with pytest.raises(DBAPIError):
            caller.execute(text("SELECT 1 / 0"))
        for connection, problem in ((closed, "is closed"), (autocommit, "AUTOCOMMIT"), (caller, "has failed")):
            for dry_run in (False, True):
                with pytest.raises(InvalidRequestError, match=problem):
                    bank.using(connection).execute([Deposit(alice.id, npr("1"))], dry_run=dry_run)

    assert bank.balance(alice) == "5.00"


def test_what_is_no_connection_to_us_is_refused_with_a_sentence(bank: SqlBank, engine: Engine) -> None:
    with pytest.raises(InvalidRequestError, match="SQLAlchemy"):
        bank.using(engine)  # type: ignore[arg-type] # callers without a type checker do pass it
    with create_engine("sqlite://").connect() as other, pytest.raises(InvalidRequestError, match="psycopg"):
        bank.using(other).execute([OpenAccount("alice", NPR)])


def test_a_bank_that_is_closed_says_so(bank: SqlBank) -> None:
    database = Database(bank.scratch.url(), pool_size=1)
    transactions = OwnTransactions(database, bank.tenant_id)
    alice = bank.open_account()

    database.close()

    with pytest.raises(InvalidRequestError, match="the bank is closed"):
        SqlLedgerQueries(transactions).get_account(alice.id)
    with pytest.raises(InvalidRequestError, match="the bank is closed"):
        LedgerService(bank.tenant_id, SqlUnitsOfWork(transactions, bank.signals), bank.ids).deposit(alice.id, npr("1"))
