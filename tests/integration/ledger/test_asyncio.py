"""The books for asyncio, on a real database: nothing stands still, and nothing is lost with a task."""

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any, Final, TypeVar

import psycopg
import pytest
import uvloop
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.pool import NullPool

from bankcore.errors import InvalidRequestError, UnavailableError
from bankcore.idempotency.answers import Rejected
from bankcore.ledger.aio import AioBooks
from bankcore.ledger.commands import Deposit, Transfer
from bankcore.ledger.outcomes import Posted
from bankcore.ledger.rejections import InsufficientFundsError
from bankcore_infra.db.engine import driver_url
from bankcore_infra.db.waiting import run_for_task
from bankcore_infra.ledger.aio import SqlAioLedger
from tests.worlds.sql_bank import SqlBank
from tests.worlds.values import npr

T = TypeVar("T")

_TICK_S: Final = 0.005


@pytest.fixture
def aio(bank: SqlBank) -> AioBooks:
    """The bank's books, awaited."""
    return AioBooks(lambda: bank, run_for_task)


@pytest.fixture
def ledger(bank: SqlBank) -> SqlAioLedger:
    """The bank's ledger, awaited, which takes part in transactions of a caller's."""
    return SqlAioLedger(lambda: bank.ledger, bank.using)


@asynccontextmanager
async def shop_engine(bank: SqlBank) -> AsyncIterator[AsyncEngine]:
    """An engine of the caller's, beside a table of the caller's."""
    bank.scratch.execute("CREATE TABLE IF NOT EXISTS public.orders (id int PRIMARY KEY)")
    bank.scratch.execute("GRANT ALL ON public.orders TO bankcore_app")
    engine = create_async_engine(driver_url(bank.scratch.url()), poolclass=NullPool)
    try:
        yield engine
    finally:
        await engine.dispose()


def orders(bank: SqlBank) -> object:
    return bank.scratch.scalar("SELECT count(*) FROM public.orders")


async def test_what_a_service_offers_can_be_awaited(bank: SqlBank, aio: AioBooks) -> None:
    alice = await aio.accounts.open(currency="NPR", owner_id="alice")
    bob = await aio.accounts.open(currency="NPR", owner_id="bob")

    await aio.ledger.deposit(alice.id, npr("100.00"), idempotency_key="salary")
    outcomes = await aio.ledger.execute(
        [Transfer(alice.id, bob.id, npr("30.00")), Transfer(alice.id, bob.id, npr("100.00"))]
    )
    with pytest.raises(InsufficientFundsError):
        await aio.ledger.withdraw(bob.id, npr("31.00"))

    assert [type(outcome) for outcome in outcomes] == [Posted, Rejected]
    assert (await aio.accounts.balance(bob.id)).balance == npr("30.00")
    assert [entry.sequence for entry in await aio.accounts.entries(alice.id)] == [2, 1]
    assert (await aio.queries.get_account(alice.id)).balance == npr("70.00")
    assert bank.balance(bob) == "30.00"


async def test_reads_by_the_hundred_need_no_threads_and_let_the_loop_go_on(bank: SqlBank, aio: AioBooks) -> None:
    alice = bank.open_account(balance="1.00")
    before = threading.active_count()
    most = 0

    async def read() -> None:
        nonlocal most
        await aio.accounts.balance(alice.id)
        most = max(most, threading.active_count())

    await asyncio.gather(*(read() for _ in range(10)))
    warm = threading.active_count()
    await asyncio.gather(*(read() for _ in range(300)))

    # A connection is opened in a thread, and never again after that.
    assert most <= warm
    assert before <= warm


async def test_the_loop_goes_on_while_the_server_keeps_a_task_waiting(bank: SqlBank, aio: AioBooks) -> None:
    alice, bob = bank.open_account(balance="1.00"), bank.open_account("bob")
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(_TICK_S)
            ticks += 1

    ticking = asyncio.create_task(tick())
    with bank.scratch.connection() as holder, holder.transaction():
        holder.execute("SELECT 1 FROM bankcore.accounts WHERE id = %s FOR UPDATE", [alice.id])
        paying = asyncio.create_task(aio.ledger.execute([Transfer(alice.id, bob.id, npr("1.00"))]))
        await asyncio.sleep(0.3)
        still_waiting = not paying.done()
    (outcome,) = await paying
    ticking.cancel()

    assert still_waiting
    assert isinstance(outcome, Posted)
    assert ticks > 0.3 / _TICK_S / 3


async def test_an_order_and_its_payment_are_committed_together_or_not_at_all(
    bank: SqlBank, ledger: SqlAioLedger
) -> None:
    alice, shop = bank.open_account(balance="100.00"), bank.open_account("shop")
    async with shop_engine(bank) as engine:
        async with AsyncSession(engine) as session, session.begin():
            await session.execute(text("INSERT INTO public.orders VALUES (1)"))
            await ledger.using(session).transfer(alice.id, shop.id, npr("60.00"), idempotency_key="order-1")
        with suppress(ZeroDivisionError):
            async with AsyncSession(engine) as session, session.begin():
                await session.execute(text("INSERT INTO public.orders VALUES (2)"))
                await ledger.using(session).transfer(alice.id, shop.id, npr("10.00"))
                raise ZeroDivisionError
        # A refusal leaves the caller's transaction as it was.
        async with engine.begin() as connection:
            with pytest.raises(InsufficientFundsError):
                await ledger.using(connection).transfer(alice.id, shop.id, npr("60.00"))
            await connection.execute(text("INSERT INTO public.orders VALUES (3)"))

    assert orders(bank) == 2
    assert bank.balance(shop) == "60.00"


async def test_run_sync_posts_without_standing_still(bank: SqlBank) -> None:
    alice, shop = bank.open_account(balance="100.00"), bank.open_account("shop")
    async with shop_engine(bank) as engine, AsyncSession(engine) as session, session.begin():
        await session.run_sync(lambda sync: bank.using(sync.connection()).transfer(alice.id, shop.id, npr("60.00")))

    assert bank.balance(shop) == "60.00"


async def test_a_plain_connection_of_the_driver_takes_part(bank: SqlBank, ledger: SqlAioLedger) -> None:
    alice, shop = bank.open_account(balance="100.00"), bank.open_account("shop")
    async with await psycopg.AsyncConnection.connect(bank.scratch.url()) as connection:
        await ledger.using(connection).transfer(alice.id, shop.id, npr("60.00"))
        before_the_commit = bank.balance(shop)

    assert (before_the_commit, bank.balance(shop)) == ("0.00", "60.00")


async def test_tasks_that_share_a_transaction_go_one_after_another(bank: SqlBank, ledger: SqlAioLedger) -> None:
    alice, shop = bank.open_account(balance="100.00"), bank.open_account("shop")
    async with shop_engine(bank) as engine, engine.begin() as connection:
        results = await asyncio.gather(
            *(ledger.using(connection).transfer(alice.id, shop.id, npr("30.00")) for _ in range(5)),
            return_exceptions=True,
        )

    assert [type(result) for result in results].count(InsufficientFundsError) == 2
    assert bank.balance(shop) == "90.00"


@pytest.mark.parametrize("connection", ["a text", None, 5])
async def test_what_is_no_connection_is_met_with_a_sentence(ledger: SqlAioLedger, connection: object) -> None:
    with pytest.raises(InvalidRequestError, match="AsyncConnection or AsyncSession"):
        ledger.using(connection)  # type: ignore[arg-type] # as a caller without a type checker


async def test_a_connection_of_asyncio_is_refused_where_nobody_awaits(bank: SqlBank) -> None:
    alice = bank.open_account(balance="100.00")
    async with await psycopg.AsyncConnection.connect(bank.scratch.url()) as connection:
        with pytest.raises(InvalidRequestError, match=r"aio\.using"):
            bank.using(connection).deposit(alice.id, npr("1.00"))  # type: ignore[arg-type] # it is not meant for it


@pytest.mark.parametrize("turns", range(0, 40, 3))
async def test_a_cancelled_batch_is_recorded_as_a_whole_or_not_at_all(bank: SqlBank, aio: AioBooks, turns: int) -> None:
    alice, bob = bank.open_account(balance="10.00"), bank.open_account("bob")
    batch = [Transfer(alice.id, bob.id, npr("1.00"), idempotency_key=f"pay-{number}") for number in range(3)]

    await cancelled_after(turns, aio.ledger.execute(batch))
    again = await aio.ledger.execute(batch)

    assert all(isinstance(outcome, Posted) for outcome in again)
    assert len({outcome.replayed for outcome in again}) == 1
    assert bank.balance(bob) == "3.00"


@pytest.mark.parametrize("turns", range(0, 30, 3))
async def test_a_task_that_is_cancelled_in_a_transaction_of_a_callers_leaves_nothing_half_done(
    bank: SqlBank, ledger: SqlAioLedger, turns: int
) -> None:
    alice, shop = bank.open_account(balance="10.00"), bank.open_account("shop")

    async def order() -> None:
        async with AsyncSession(engine) as session, session.begin():
            await session.execute(text("INSERT INTO public.orders VALUES (1)"))
            await ledger.using(session).transfer(alice.id, shop.id, npr("1.00"))

    async with shop_engine(bank) as engine:
        await cancelled_after(turns, order())

    assert (orders(bank), bank.balance(shop)) in [(0, "0.00"), (1, "1.00")]


async def test_tasks_that_are_cancelled_while_all_connections_are_taken_leave_none_taken(
    bank: SqlBank, aio: AioBooks
) -> None:
    alice = bank.open_account(balance="10.00")
    reads = [asyncio.create_task(aio.accounts.balance(alice.id)) for _ in range(60)]
    await asyncio.sleep(0.01)
    for read in reads[::2]:
        read.cancel()
    results = await asyncio.gather(*reads, return_exceptions=True)

    kept = [result for result in results if not isinstance(result, asyncio.CancelledError)]
    assert len(kept) >= 30
    assert not [result for result in kept if isinstance(result, BaseException)]
    await asyncio.gather(*(aio.accounts.balance(alice.id) for _ in range(60)))


@pytest.mark.parametrize("new_loop", [asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def test_a_thousand_tasks_at_once_spend_exactly_what_is_there_on_either_loop(
    bank: SqlBank, aio: AioBooks, new_loop: Callable[[], asyncio.AbstractEventLoop]
) -> None:
    alice, shop = bank.open_account(balance="600.00"), bank.open_account("shop")

    async def pay_and_look() -> list[int]:
        pay = [
            patiently(lambda: aio.ledger.execute_one(Transfer(alice.id, shop.id, npr("1.00")))) for _ in range(1_000)
        ]
        look = [patiently(lambda: aio.accounts.balance(shop.id)) for _ in range(100)]
        outcomes, balances = await asyncio.gather(asyncio.gather(*pay), asyncio.gather(*look))
        assert all(0 <= balance.balance.minor <= 600_00 for balance in balances)
        return [sum(isinstance(outcome, kind) for outcome in outcomes) for kind in (Posted, Rejected)]

    with asyncio.Runner(loop_factory=new_loop) as runner:
        paid_and_refused = runner.run(pay_and_look())

    assert paid_and_refused == [600, 400]
    assert (bank.balance(alice), bank.balance(shop)) == ("0.00", "600.00")


def test_several_loops_after_one_another_use_the_same_bank(bank: SqlBank, aio: AioBooks) -> None:
    alice = bank.open_account()

    for _ in range(3):
        asyncio.run(aio.ledger.deposit(alice.id, npr("1.00")))

    assert bank.balance(alice) == "3.00"


def test_a_loop_that_ends_takes_nobodys_connection_along(bank: SqlBank, aio: AioBooks) -> None:
    alice = bank.open_account()

    async def leave_many_behind() -> None:
        leaving.extend(asyncio.ensure_future(aio.ledger.execute([Deposit(alice.id, npr("1.00"))])) for _ in range(40))
        await asyncio.sleep(0.005)

    leaving: list[asyncio.Future[object]] = []
    asyncio.run(leave_many_behind())

    asyncio.run(aio.accounts.balance(alice.id))
    assert bank.accounts.balance(alice.id).balance.minor % 100 == 0


async def patiently(ask: Callable[[], Awaitable[T]]) -> T:
    """The answer, asked for until a connection is free in time: on a slow machine none is for the last ones."""
    while True:
        with suppress(UnavailableError):
            return await ask()


async def cancelled_after(turns: int, work: Coroutine[Any, Any, object]) -> None:
    """Cancel the work when the loop has gone round so often; it may be done by then."""
    task = asyncio.create_task(work)
    for _ in range(turns):
        # Longer than nothing, so that the server comes to answer between two of them.
        await asyncio.sleep(0.0002)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
