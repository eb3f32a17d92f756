"""Accidents of tasks in a caller's own transaction: cancelled at any wait, cut off, or two on one connection."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any, Final

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_scoped_session,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.pool import NullPool

from bankcore.audit.attempts import Attempt, AttemptLog
from bankcore.errors import InvalidRequestError, UnavailableError
from bankcore.ledger.accounts import Account
from bankcore.ledger.aio import AioLedger
from bankcore.ledger.commands import Deposit, PostTransaction
from bankcore.ledger.transactions import Posting
from bankcore_infra.db.engine import driver_url
from bankcore_infra.db.exchange import Exchange
from bankcore_infra.ledger.sql_ledger import SqlLedger
from tests.integration.ledger.books import require_sound
from tests.worlds.shop import HOST, make_shop
from tests.worlds.sql_bank import SqlBank
from tests.worlds.values import npr

CANCELLED_AT_MOST: Final = 40  # waits, which is more than a transfer in a caller's transaction has


class NoLog(AttemptLog):
    """Attempts that nobody keeps."""

    def record(self, attempt: Attempt) -> None:
        """Nothing."""


@pytest.fixture
def bank(bank: SqlBank) -> SqlBank:
    """A bank beside a shop with a role and a table of its own."""
    make_shop(bank, "id int PRIMARY KEY")
    return bank


@pytest.fixture
def ledger(bank: SqlBank) -> SqlLedger:
    return SqlLedger(bank.tenant_id, bank.database, bank.signals, NoLog())


@pytest.fixture
def accounts(bank: SqlBank) -> tuple[Account, Account]:
    """A payer with a hundred rupees, and a payee."""
    return bank.open_account(balance="100.00"), bank.open_account("bob")


def engine_of(bank: SqlBank) -> AsyncEngine:
    return create_async_engine(driver_url(bank.scratch.url(HOST)), poolclass=NullPool)


@asynccontextmanager
async def session_of(bank: SqlBank) -> AsyncIterator[AsyncSession]:
    engine = engine_of(bank)
    async with AsyncSession(engine) as session:
        yield session
    await engine.dispose()


def orders(bank: SqlBank) -> object:
    return bank.scratch.scalar("SELECT count(*) FROM public.orders")


async def order(session: AsyncSession, number: int = 1) -> None:
    await session.execute(text("INSERT INTO orders VALUES (:number)"), {"number": number})


def test_everything_else_of_the_ledger_takes_part_too(
    bank: SqlBank, ledger: SqlLedger, accounts: tuple[Account, Account]
) -> None:
    alice, bob = accounts
    split = PostTransaction(
        (Posting(alice.id, npr("-10.00")), Posting(bob.id, npr("9.00")), Posting(alice.id, npr("1.00")))
    )

    async def do_all(own: AioLedger) -> None:
        await own.post(split)
        await own.deposit(bob.id, npr("5.00"))
        await own.withdraw(bob.id, npr("1.00"))
        await own.freeze(bob.id, reason="lost card")
        await own.unfreeze(bob.id)
        (outcome,) = await own.execute([Deposit(bob.id, npr("1.00"))], dry_run=True)
        assert outcome is not None

    async def buy() -> None:
        async with session_of(bank) as session, session.begin():
            await do_all(ledger.aio.using(session))

    asyncio.run(buy())

    assert (bank.balance(alice), bank.balance(bob)) == ("91.00", "13.00")
    require_sound(bank)


def test_connections_of_sqlalchemy_and_of_psycopg_are_taken(
    bank: SqlBank, ledger: SqlLedger, accounts: tuple[Account, Account]
) -> None:
    alice, bob = accounts

    async def pay(connection: Any) -> None:
        await ledger.aio.using(connection).transfer(alice.id, bob.id, npr("1.00"))

    async def buy() -> None:
        engine = engine_of(bank)
        async with engine.begin() as connection:
            await pay(connection)
        sessions = async_scoped_session(async_sessionmaker(engine), scopefunc=asyncio.current_task)
        await pay(sessions)
        await sessions.commit()
        await sessions.remove()
        await engine.dispose()
        async with await psycopg.AsyncConnection.connect(bank.scratch.url(HOST)) as own:
            await own.execute("INSERT INTO orders VALUES (1)")
            await pay(own)
        own = await psycopg.AsyncConnection.connect(bank.scratch.url(HOST), autocommit=True)
        async with own, own.transaction():
            await pay(own)

    asyncio.run(buy())

    assert (bank.balance(alice), orders(bank)) == ("96.00", 1)
    require_sound(bank)


def test_two_tasks_on_one_connection_never_read_each_others_answers(
    bank: SqlBank, ledger: SqlLedger, accounts: tuple[Account, Account]
) -> None:
    alice, bob = accounts

    async def pay(own: psycopg.AsyncConnection) -> bool:
        with suppress(InvalidRequestError):
            await ledger.aio.using(own).transfer(alice.id, bob.id, npr("1.00"))
            return True
        return False

    async def buy() -> int:
        async with await psycopg.AsyncConnection.connect(bank.scratch.url(HOST)) as own:
            await own.execute("SELECT 1")
            answers = await asyncio.gather(*(pay(own) for _ in range(5)), *(own.execute("SELECT 7") for _ in range(5)))
            for cursor in answers[5:]:
                assert isinstance(cursor, psycopg.AsyncCursor)
                assert await cursor.fetchall() == [(7,)]
            return answers[:5].count(True)

    paid = asyncio.run(buy())

    assert paid >= 1
    assert bank.balance(bob) == f"{paid}.00"
    require_sound(bank)


Transfer = Callable[[], Coroutine[Any, Any, object]]


def waits_counted(monkeypatch: pytest.MonkeyPatch, at: int) -> list[int]:
    """How many waits for the server were begun; at that one, the task is cancelled."""
    waits: list[int] = []
    wait = Exchange._wait  # noqa: SLF001 - where every wait for the server is

    def counted(self: Exchange, *arguments: Any) -> int:
        waits.append(len(waits))
        if len(waits) - 1 == at:
            task = asyncio.current_task()
            assert task is not None
            task.cancel()
        return wait(self, *arguments)

    monkeypatch.setattr(Exchange, "_wait", counted)
    return waits


def test_a_task_cancelled_at_any_wait_leaves_nothing_or_all_and_the_key_works_again(
    bank: SqlBank, ledger: SqlLedger, accounts: tuple[Account, Account]
) -> None:
    alice, bob = accounts
    cancelled = 0

    async def buy(key: str, number: int) -> None:
        async with session_of(bank) as session, session.begin():
            await order(session, number)
            await ledger.aio.using(session).transfer(alice.id, bob.id, npr("1.00"), idempotency_key=key)

    for at in range(CANCELLED_AT_MOST):
        with pytest.MonkeyPatch.context() as monkeypatch:
            waits = waits_counted(monkeypatch, at)
            with suppress(asyncio.CancelledError):
                asyncio.run(buy(f"o-{at}", at))
        if len(waits) <= at:
            break
        cancelled += 1
        assert (bank.balance(bob), orders(bank)) == ("0.00", 0)

    assert cancelled >= 2
    for at in range(cancelled):
        asyncio.run(buy(f"o-{at}", at))
    assert (bank.balance(bob), orders(bank)) == (f"{cancelled + 1}.00", cancelled + 1)
    require_sound(bank)


def test_a_time_limit_of_asyncio_ends_a_wait_for_a_lock(
    bank: SqlBank, ledger: SqlLedger, accounts: tuple[Account, Account]
) -> None:
    alice, bob = accounts

    async def buy() -> None:
        async with session_of(bank) as session, asyncio.timeout(0.05), session.begin():
            await order(session)
            await ledger.aio.using(session).transfer(alice.id, bob.id, npr("1.00"), idempotency_key="o-1")

    with psycopg.connect(bank.scratch.url("postgres")) as holder:
        holder.execute("SELECT FROM bankcore.accounts WHERE id = %s FOR UPDATE", [alice.id])
        with pytest.raises(TimeoutError):
            asyncio.run(buy())

    assert (bank.balance(alice), orders(bank)) == ("100.00", 0)


def test_a_connection_that_the_server_ends_is_said_to_be_unavailable(
    bank: SqlBank, ledger: SqlLedger, accounts: tuple[Account, Account]
) -> None:
    alice, bob = accounts

    async def buy() -> None:
        async with session_of(bank) as session, session.begin():
            await order(session)
            pid = (await session.execute(text("SELECT pg_backend_pid()"))).scalar_one()
            await asyncio.to_thread(bank.scratch.execute, f"SELECT pg_terminate_backend({pid}, 5000)")
            await ledger.aio.using(session).transfer(alice.id, bob.id, npr("1.00"))

    with pytest.raises(UnavailableError):
        asyncio.run(buy())

    assert (bank.balance(alice), orders(bank)) == ("100.00", 0)
