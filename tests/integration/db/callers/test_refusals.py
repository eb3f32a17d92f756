"""Connections of a caller's on which the books cannot be kept are refused by name."""

import psycopg
import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from bankcore.errors import InvalidRequestError, UnavailableError
from tests.worlds.shop import HOST
from tests.worlds.sql_bank import SUPERUSER, SqlBank
from tests.worlds.values import npr


def unfit(bank: SqlBank, role: str = HOST, *, database: str | None = None, first: str | None = None) -> str:
    """Why a posting on such a connection is refused; its transaction goes on."""
    alice = bank.open_account()
    url = bank.scratch.url(role) if database is None else bank.scratch.server.dsn(role, database)
    with psycopg.connect(url) as caller:
        if first is not None:
            caller.execute(first.encode())
        with pytest.raises(InvalidRequestError) as refused:
            bank.using(caller).deposit(alice.id, npr("1.00"))
        assert caller.execute("SELECT 1").fetchone() == (1,)
    assert bank.balance(alice) == "0.00"
    assert refused.value.pointer == "/connection"
    return refused.value.detail


@pytest.mark.parametrize(
    ("role", "first", "problem"),
    [
        (SUPERUSER, None, f"belongs to role {SUPERUSER}, which stands above row level security"),
        ("above", None, "belongs to role above, which stands above row level security"),
        ("stranger", None, "`bankcore db grant stranger` lets it"),
        (HOST, "SET LOCAL synchronous_commit = off", "has synchronous_commit = off"),
        (HOST, "SET synchronous_commit = local", "has synchronous_commit = local"),
        (HOST, "SET TRANSACTION READ ONLY", "takes no changes"),
        (SUPERUSER, f"SET session_replication_role = replica; SET ROLE {HOST}", "session_replication_role = replica"),
    ],
)
def test_what_cannot_be_kept_on_a_connection_is_refused_by_name(
    bank: SqlBank, role: str, first: str | None, problem: str
) -> None:
    for name, words in (("above", "LOGIN BYPASSRLS IN ROLE bankcore_app"), ("stranger", "LOGIN")):
        if not bank.scratch.rows("SELECT FROM pg_roles WHERE rolname = %s", name):
            bank.scratch.execute(f"CREATE ROLE {name} {words}")

    assert problem in unfit(bank, role, first=first)


def test_a_database_that_is_not_the_banks_is_refused_by_name(bank: SqlBank) -> None:
    assert "not migrated; `bankcore db upgrade`" in unfit(bank, database="postgres")
    assert "this tenant is not in it" in unfit(bank, database="template_bank")


def test_a_connection_in_the_middle_of_something_else_is_refused_by_name(bank: SqlBank) -> None:
    alice = bank.open_account()
    with psycopg.connect(bank.scratch.url(HOST)) as caller:
        ledger = bank.using(caller)
        with caller.pipeline(), pytest.raises(InvalidRequestError, match="is in pipeline mode"):
            ledger.deposit(alice.id, npr("1.00"))
        with caller.cursor() as cursor:
            for _row in cursor.stream("SELECT generate_series(1, 3)"):
                with pytest.raises(InvalidRequestError, match="is busy with another statement"):
                    ledger.deposit(alice.id, npr("1.00"))
        with pytest.raises(psycopg.errors.DivisionByZero):
            caller.execute("SELECT 1 / 0")
        with pytest.raises(InvalidRequestError, match="is in a transaction that has failed"):
            ledger.deposit(alice.id, npr("1.00"))
        caller.rollback()
        caller.autocommit = True
        with pytest.raises(InvalidRequestError, match=r"commits each statement by itself.*connection.transaction"):
            ledger.deposit(alice.id, npr("1.00"))
    with pytest.raises(InvalidRequestError, match="is closed"):
        ledger.deposit(alice.id, npr("1.00"))

    assert bank.balance(alice) == "0.00"


def test_a_session_that_has_no_connection_is_refused_by_name(bank: SqlBank) -> None:
    with Session() as session, pytest.raises(InvalidRequestError, match="cannot be had from its session"):
        bank.using(session)


def test_a_connection_that_was_lost_is_refused_by_name_until_it_is_closed(bank: SqlBank, engine: Engine) -> None:
    alice = bank.open_account()
    with engine.connect() as caller:
        transaction = caller.begin()
        backend = caller.scalar(text("SELECT pg_backend_pid()"))
        bank.scratch.execute("SELECT pg_terminate_backend(%s, 5000)", backend)
        with pytest.raises(UnavailableError):
            bank.using(caller).deposit(alice.id, npr("1.00"))
        with pytest.raises(InvalidRequestError, match="is closed"):
            bank.using(caller).deposit(alice.id, npr("1.00"))
        assert caller.invalidated
        transaction.rollback()

    assert bank.balance(alice) == "0.00"


def test_a_lost_connection_ends_the_callers_transaction_and_nothing_else(bank: SqlBank) -> None:
    alice = bank.open_account()
    with psycopg.connect(bank.scratch.url(HOST)) as caller:
        backend = caller.info.backend_pid
        bank.scratch.execute("SELECT pg_terminate_backend(%s, 5000)", backend)
        with pytest.raises(UnavailableError):
            bank.using(caller).deposit(alice.id, npr("1.00"))
        assert caller.closed

    assert bank.balance(alice) == "0.00"
