"""Connections that a caller brings: of every kind we take part in, left as they were, or refused by name."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Any, Final

import psycopg
import pytest
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, scoped_session, sessionmaker
from sqlalchemy.pool import NullPool

from bankcore.errors import InvalidRequestError, NotFoundError, UnavailableError
from bankcore.identifiers import AccountId
from bankcore.ledger.commands import Deposit
from bankcore.ledger.rejections import InsufficientFundsError
from bankcore_infra.db.engine import driver_url
from bankcore_infra.db.lent import CallersConnection
from tests.integration.ledger.books import require_sound
from tests.worlds.database_faults import accident_at, failure
from tests.worlds.shop import HOST
from tests.worlds.sql_bank import SqlBank
from tests.worlds.values import npr

SETTINGS: Final = (
    *("app.tenant_id", "bankcore.tenant_id", "plan_cache_mode", "lock_timeout", "statement_timeout", "search_path"),
    *("enable_seqscan", "timezone", "synchronous_commit", "role", "row_security", "jit"),
)


def orders(bank: SqlBank) -> object:
    return bank.scratch.scalar("SELECT count(*) FROM public.orders")


def settings_of(connection: Connection) -> Mapping[str, object]:
    return {
        name: connection.scalar(text("SELECT coalesce(current_setting(:name, true), '')"), {"name": name})
        for name in SETTINGS
    }


def all_of_it(bank: SqlBank, caller: Connection, account_id: AccountId, other_id: AccountId) -> None:
    """Everything that may happen in a caller's transaction: done, refused, rehearsed, failed, and read."""
    ledger = bank.using(caller)
    ledger.deposit(account_id, npr("1.00"), idempotency_key="k")
    with pytest.raises(InsufficientFundsError):
        ledger.transfer(account_id, other_id, npr("500.00"), idempotency_key="refused")
    ledger.execute([Deposit(account_id, npr("1.00"))], dry_run=True)
    with accident_at(caller.engine, 1, failure("40001")), pytest.raises(UnavailableError):
        ledger.deposit(account_id, npr("1.00"))
    with pytest.raises(NotFoundError):
        ledger.deposit(AccountId(bank.tenant_id), npr("1.00"))


def test_the_callers_settings_are_as_they_were_whatever_happened(bank: SqlBank, engine: Engine) -> None:
    alice, bob = bank.open_account(), bank.open_account("bob")
    with engine.connect() as caller:
        caller.execute(text("SET LOCAL app.tenant_id = 'acme'"))
        caller.execute(text("SET LOCAL lock_timeout = '0'"))
        caller.execute(text("SET LOCAL timezone = 'Asia/Kathmandu'"))
        before = settings_of(caller)

        all_of_it(bank, caller, alice.id, bob.id)

        assert settings_of(caller) == before
        caller.commit()

    assert bank.balance(alice) == "1.00"


def test_rows_that_the_callers_own_policies_show_stay_there(bank: SqlBank, engine: Engine) -> None:
    alice = bank.open_account()
    bank.scratch.execute("ALTER TABLE public.orders ENABLE ROW LEVEL SECURITY")
    bank.scratch.execute("CREATE POLICY own ON public.orders USING (tenant = current_setting('app.tenant_id', true))")
    with engine.begin() as caller:
        caller.execute(text("SET LOCAL app.tenant_id = 'acme'"))
        caller.execute(text("INSERT INTO public.orders VALUES (1)"))

        bank.using(caller).deposit(alice.id, npr("1.00"))

        caller.execute(text("INSERT INTO public.orders VALUES (2)"))
        assert caller.scalar(text("SELECT count(*) FROM public.orders")) == 2

    assert (bank.balance(alice), orders(bank)) == ("1.00", 2)


def test_a_tenant_that_the_caller_has_set_himself_is_his_again(
    bank: SqlBank, other_bank: SqlBank, engine: Engine
) -> None:
    alice = bank.open_account()
    with engine.begin() as caller:
        caller.execute(text("SELECT set_config('bankcore.tenant_id', :id, true)"), {"id": str(other_bank.tenant_id)})

        bank.using(caller).deposit(alice.id, npr("1.00"))

        assert caller.scalar(text("SELECT bankcore.current_tenant()")) == other_bank.tenant_id


def test_who_waits_without_a_limit_is_given_one(bank: SqlBank, engine: Engine) -> None:
    alice = bank.open_account()
    with bank.scratch.connection() as holder, holder.transaction():
        holder.execute("SELECT FROM bankcore.accounts WHERE id = %s FOR UPDATE", [alice.id])
        with engine.begin() as caller:
            caller.execute(text("SET LOCAL statement_timeout = '30s'"))
            with pytest.raises(UnavailableError):
                bank.using(caller).deposit(alice.id, npr("1.00"))
            caller.execute(text("INSERT INTO public.orders VALUES (1)"))

    assert (bank.balance(alice), orders(bank)) == ("0.00", 1)


Begin = Callable[[SqlBank], AbstractContextManager[CallersConnection]]


class Base(DeclarativeBase):
    """The shop's tables."""


class Order(Base):
    """An order."""

    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    tenant: Mapped[str]


@contextmanager
def of_a_session(bank: SqlBank) -> Iterator[Session]:
    engine = create_engine(driver_url(bank.scratch.url(HOST)), poolclass=NullPool)
    with Session(engine) as session, session.begin():
        session.add(Order(id=1, tenant="acme"))
        yield session


@contextmanager
def of_a_scoped_session(bank: SqlBank) -> Iterator[scoped_session[Session]]:
    sessions = scoped_session(sessionmaker(create_engine(driver_url(bank.scratch.url(HOST)), poolclass=NullPool)))
    try:
        sessions.add(Order(id=1, tenant="acme"))
        yield sessions
        sessions.commit()
    finally:
        sessions.remove()


@contextmanager
def of_an_engine(bank: SqlBank) -> Iterator[Connection]:
    engine = create_engine(driver_url(bank.scratch.url(HOST)), poolclass=NullPool)
    with engine.connect() as connection:
        # Nothing was said on it yet, so that its transaction begins with ours.
        yield connection
        connection.execute(text("INSERT INTO public.orders VALUES (1)"))
        connection.commit()


@contextmanager
def of_the_driver(bank: SqlBank) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(bank.scratch.url(HOST)) as connection:
        yield connection
        connection.execute("INSERT INTO public.orders VALUES (1)")


@contextmanager
def of_a_block_of_the_driver(bank: SqlBank) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(bank.scratch.url(HOST), autocommit=True) as connection, connection.transaction():
        connection.execute("INSERT INTO public.orders VALUES (1)")
        yield connection


@pytest.mark.parametrize(
    "begin", [of_a_session, of_a_scoped_session, of_an_engine, of_the_driver, of_a_block_of_the_driver]
)
def test_money_and_rows_come_and_go_together_on_any_connection(bank: SqlBank, begin: Begin) -> None:
    alice, bob = bank.open_account(balance="1.00"), bank.open_account("bob")

    with suppress(ZeroDivisionError), begin(bank) as caller:
        bank.using(caller).transfer(alice.id, bob.id, npr("1.00"))
        raise ZeroDivisionError
    assert (bank.balance(bob), orders(bank)) == ("0.00", 0)

    with begin(bank) as caller:
        ledger = bank.using(caller)
        ledger.transfer(alice.id, bob.id, npr("1.00"), idempotency_key="k")
        with pytest.raises(InsufficientFundsError):
            ledger.transfer(alice.id, bob.id, npr("1.00"))
        ledger.deposit(alice.id, npr("2.00"))

    assert (bank.balance(alice), bank.balance(bob), orders(bank)) == ("2.00", "1.00", 1)
    require_sound(bank)


def test_a_transaction_of_the_driver_begins_as_its_owner_has_said(bank: SqlBank) -> None:
    alice = bank.open_account()
    with psycopg.connect(bank.scratch.url(HOST)) as caller:
        caller.isolation_level = psycopg.IsolationLevel.SERIALIZABLE
        caller.read_only, caller.deferrable = False, False

        bank.using(caller).deposit(alice.id, npr("1.00"))

        assert caller.execute("SHOW transaction_isolation").fetchone() == ("serializable",)
    with psycopg.connect(bank.scratch.url(HOST)) as caller:
        caller.read_only, caller.deferrable = True, True
        with pytest.raises(InvalidRequestError, match="takes no changes: its transaction is read-only"):
            bank.using(caller).deposit(alice.id, npr("1.00"))
        assert caller.execute("SHOW transaction_deferrable").fetchone() == ("on",)

    assert bank.balance(alice) == "1.00"


@pytest.mark.parametrize("level", ["REPEATABLE READ", "SERIALIZABLE"])
def test_who_reads_an_older_state_repeats_the_whole_transaction(bank: SqlBank, engine: Engine, level: str) -> None:
    alice = bank.open_account()

    with engine.connect().execution_options(isolation_level=level) as caller:
        caller.execute(text("INSERT INTO public.orders VALUES (1)"))
        bank.ledger.deposit(alice.id, npr("5.00"))
        for _ in range(2):
            with pytest.raises(UnavailableError, match="other transactions came first"):
                bank.using(caller).deposit(alice.id, npr("1.00"), idempotency_key="k")
        caller.rollback()
        caller.execute(text("INSERT INTO public.orders VALUES (1)"))
        bank.using(caller).deposit(alice.id, npr("1.00"), idempotency_key="k")
        caller.commit()

    assert (bank.balance(alice), orders(bank)) == ("6.00", 1)
    require_sound(bank)


def test_of_two_callers_that_could_not_have_come_one_after_the_other_one_is_not_recorded(
    bank: SqlBank, engine: Engine
) -> None:
    pairs = [
        (bank.open_account(f"payer-{number}", balance="1.00"), bank.open_account(f"shop-{number}"))
        for number in range(2)
    ]
    serializable = engine.execution_options(isolation_level="SERIALIZABLE")

    with serializable.connect() as first, serializable.connect() as second:
        for number, (caller, (payer, shop)) in enumerate(zip((first, second), pairs, strict=True)):
            assert caller.scalar(text("SELECT count(*) FROM public.orders")) == 0
            caller.execute(text("INSERT INTO public.orders VALUES (:id)"), {"id": number})
            bank.using(caller).transfer(payer.id, shop.id, npr("1.00"), idempotency_key=f"k-{number}")
        first.commit()
        with pytest.raises(OperationalError, match="could not serialize access"):
            second.commit()

    assert ([bank.balance(shop) for _payer, shop in pairs], orders(bank)) == (["1.00", "0.00"], 1)
    require_sound(bank)


def test_conversions_of_the_callers_own_change_nothing(bank: SqlBank) -> None:
    alice = bank.open_account()
    with psycopg.connect(bank.scratch.url(HOST)) as caller:
        for name in ("uuid", "timestamptz", "int8", "text"):
            caller.adapters.register_loader(name, psycopg.types.string.TextBinaryLoader)

        bank.using(caller).deposit(alice.id, npr("1.00"), idempotency_key="k")
        bank.using(caller).deposit(alice.id, npr("1.00"), idempotency_key="k")

    assert bank.balance(alice) == "1.00"


def test_the_frame_costs_no_round_trip_of_its_own(bank: SqlBank, engine: Engine) -> None:
    alice = bank.open_account()
    with engine.begin() as caller, accident_at(engine, -1, lambda _connection: None) as fuse:
        bank.using(caller).deposit(alice.id, npr("1.00"), idempotency_key="k")

    # The keys with what they lock, and all that is written: BEGIN, the savepoint and its end go with them.
    assert fuse.exchanges == 2


def test_the_release_of_before_still_names_its_tenant(bank: SqlBank) -> None:
    alice = bank.open_account(balance="1.00")
    with psycopg.connect(bank.scratch.url()) as older:
        older.execute("SELECT set_config('app.tenant_id', %s, true)", [str(bank.tenant_id)])
        rows = older.execute("SELECT id FROM bankcore.accounts WHERE owner_id = 'alice'").fetchall()
        assert rows == [(alice.id,)]
        older.execute("SELECT set_config('app.tenant_id', 'acme', true)")
        assert older.execute("SELECT count(*) FROM bankcore.accounts").fetchone() == (0,)
