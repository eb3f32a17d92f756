"""Single commands of many threads and tasks on a real database: one commit for many of them, an answer for each."""

import asyncio
import random
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import pytest
from psycopg import Connection

from bankcore.audit.attempts import Attempt, AttemptLog
from bankcore.errors import NotFoundError, OutcomeUnknownError, UnavailableError
from bankcore.ledger.accounts import Account
from bankcore.ledger.commands import Transfer
from bankcore.ledger.rejections import InsufficientFundsError
from bankcore.origin import Origin
from bankcore_infra.db.exchange import Exchange, Rows
from bankcore_infra.ledger.sql_ledger import SqlLedger
from tests.integration.ledger.books import require_sound
from tests.worlds.database_faults import COMMIT, accident_at
from tests.worlds.sql_bank import SqlBank
from tests.worlds.values import npr

THREADS: Final = 32
TRANSFERS: Final = 640
PATIENCE_S: Final = 60
STUCK_S: Final = 1.9  # less than a lock is waited for alone


class ListLog(AttemptLog):
    """Attempts as a list."""

    def __init__(self) -> None:
        self.attempts: list[Attempt] = []

    def record(self, attempt: Attempt) -> None:
        self.attempts.append(attempt)


@pytest.fixture
def log() -> ListLog:
    return ListLog()


@pytest.fixture
def ledger(bank: SqlBank, log: ListLog) -> SqlLedger:
    return SqlLedger(bank.tenant_id, bank.database, bank.signals, log)


@pytest.fixture
def accounts(bank: SqlBank) -> list[Account]:
    """Eight accounts with a hundred rupees each."""
    return [bank.open_account(f"owner-{number}", balance="100.00") for number in range(8)]


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(THREADS) as made:
        yield made


def test_many_threads_share_commits_and_each_gets_its_own_answer(
    bank: SqlBank, ledger: SqlLedger, accounts: list[Account], pool: ThreadPoolExecutor
) -> None:
    chance = random.Random(1)
    pairs = [chance.sample(accounts, 2) for _ in range(TRANSFERS)]

    def transfer(number: int) -> str:
        source, destination = pairs[number]
        amount = npr("1000.00") if number % 10 == 0 else npr(f"0.{number % 9 + 1:02}")
        key, origin = (None if number % 3 == 0 else f"key-{number}"), Origin(actor_id=f"{number}")
        try:
            made = ledger.transfer(
                source.id, destination.id, amount, reference=f"{number}", idempotency_key=key, origin=origin
            )
        except InsufficientFundsError as refused:
            assert refused.account_id == source.id
            return "refused"
        assert (made.reference, made.amount) == (f"{number}", amount)
        return "posted"

    with accident_at(bank.database.engine_for(bank.tenant_id), -1, lambda _connection: None) as fuse:
        answers = list(pool.map(transfer, range(TRANSFERS)))

    assert answers == ["refused" if number % 10 == 0 else "posted" for number in range(TRANSFERS)]
    assert fuse.statements.count(COMMIT) < TRANSFERS / 3
    actors = bank.scratch.scalar("SELECT count(DISTINCT actor_id) FROM bankcore.audit_log WHERE actor_id ~ '^[0-9]+$'")
    assert actors == TRANSFERS
    require_sound(bank)


def test_one_key_from_many_threads_moves_money_once(
    bank: SqlBank, ledger: SqlLedger, accounts: list[Account], pool: ThreadPoolExecutor
) -> None:
    source, destination = accounts[:2]

    made = list(
        pool.map(
            lambda _n: ledger.transfer(source.id, destination.id, npr("1.00"), idempotency_key="once"), range(THREADS)
        )
    )

    assert len({transaction.id for transaction in made}) == 1
    assert bank.balance(destination) == "101.00"


def test_an_account_that_somebody_else_holds_fails_its_own_command_only(
    bank: SqlBank, ledger: SqlLedger, accounts: list[Account], pool: ThreadPoolExecutor, log: ListLog
) -> None:
    stuck, *others = accounts
    with bank.scratch.connection() as holder, holder.transaction():
        holder.execute("SELECT 1 FROM bankcore.accounts WHERE id = %s FOR UPDATE", [stuck.id])

        def transfer(number: int) -> str:
            source, began = stuck if number == 1 else others[number % 6], time.perf_counter()
            try:
                ledger.transfer(source.id, others[6].id, npr("0.01"), idempotency_key=f"{number}")
            except UnavailableError:
                return "unavailable"
            return "posted" if time.perf_counter() - began < STUCK_S else "posted late"

        answers = list(pool.map(transfer, range(THREADS)))

    assert answers == ["unavailable" if number == 1 else "posted" for number in range(THREADS)]
    assert [attempt.code for attempt in log.attempts] == ["unavailable"]
    require_sound(bank)


def test_a_hot_account_is_locked_once_for_many(
    bank: SqlBank, ledger: SqlLedger, accounts: list[Account], pool: ThreadPoolExecutor
) -> None:
    hot, *others = accounts
    began = time.perf_counter()

    list(pool.map(lambda n: ledger.transfer(others[n % 7].id, hot.id, npr("0.01")), range(TRANSFERS)))

    assert time.perf_counter() - began < PATIENCE_S
    assert bank.balance(hot) == "106.40"
    assert bank.scratch.scalar("SELECT deadlocks FROM pg_stat_database WHERE datname = %s", bank.scratch.name) == 0


def test_tasks_share_commits_with_each_other_and_with_threads(
    bank: SqlBank, ledger: SqlLedger, accounts: list[Account], pool: ThreadPoolExecutor
) -> None:
    alice, bob, carol, *_rest = accounts

    async def run() -> list[str]:
        deposits = [ledger.aio.deposit(alice.id, npr("0.01"), reference=f"{n}") for n in range(200)]
        withdrawals = [ledger.aio.withdraw(carol.id, npr("0.01")) for _ in range(10)]
        threads = [pool.submit(ledger.transfer, bob.id, carol.id, npr("0.01")) for _ in range(20)]
        made = await asyncio.gather(*deposits, *withdrawals)
        for thread in threads:
            await asyncio.wrap_future(thread)
        with pytest.raises(InsufficientFundsError):
            await ledger.aio.transfer(bob.id, carol.id, npr("1000.00"), idempotency_key="too much")
        return [transaction.reference or "" for transaction in made[:200]]

    with accident_at(bank.database.engine_for(bank.tenant_id), -1, lambda _connection: None) as fuse:
        references = asyncio.run(run())

    assert references == [f"{n}" for n in range(200)]
    assert (bank.balance(alice), bank.balance(bob), bank.balance(carol)) == ("102.00", "99.80", "100.10")
    assert fuse.statements.count(COMMIT) < 100
    require_sound(bank)


def test_a_task_that_is_cancelled_while_it_waits_posts_nothing(
    bank: SqlBank, ledger: SqlLedger, accounts: list[Account]
) -> None:
    alice, bob, *_rest = accounts

    async def run(holder: Connection[Any]) -> list[object]:
        tasks = [asyncio.create_task(ledger.aio.deposit(alice.id, npr("0.01"), reference=f"{n}")) for n in range(1)]
        while not bank.scratch.rows("SELECT 1 FROM pg_locks WHERE NOT granted"):  # noqa: ASYNC110 - a lock rings no bell
            await asyncio.sleep(0.01)
        # The lane is taken, so these wait in the queue.
        tasks += [asyncio.create_task(ledger.aio.deposit(alice.id, npr("0.01"))) for _ in range(40)]
        await asyncio.sleep(0)
        for task in tasks[1:31]:
            task.cancel()
        await asyncio.sleep(0)
        holder.rollback()
        return await asyncio.gather(*tasks, return_exceptions=True)

    with bank.scratch.connection() as holder:
        holder.execute("BEGIN")
        holder.execute("SELECT 1 FROM bankcore.accounts WHERE id = %s FOR UPDATE", [alice.id])
        results = asyncio.run(run(holder))

    cancelled = [isinstance(result, asyncio.CancelledError) for result in results]
    assert cancelled == [False] + [True] * 30 + [False] * 10
    assert bank.balance(alice) == "100.11"
    assert ledger.transfer(alice.id, bob.id, npr("0.20")).amount == npr("0.20")


def test_a_refusal_is_raised_with_its_facts(ledger: SqlLedger, accounts: list[Account]) -> None:
    async def pay_nobody() -> None:
        await ledger.aio.post(Transfer(accounts[0].id, accounts[0].tenant_id, npr("1.00")))  # type: ignore[arg-type]

    with pytest.raises(NotFoundError):
        asyncio.run(pay_nobody())


def test_a_loop_that_ends_while_its_task_is_called_leaves_the_lane_to_others(
    bank: SqlBank, ledger: SqlLedger, accounts: list[Account], pool: ThreadPoolExecutor
) -> None:
    alice, *_rest = accounts
    loop = asyncio.new_event_loop()

    async def ask_and_go() -> None:
        task = asyncio.create_task(ledger.aio.deposit(alice.id, npr("0.01")))
        await asyncio.sleep(0)
        task.cancel()

    loop.run_until_complete(ask_and_go())
    loop.run_until_complete(asyncio.sleep(0))
    loop.close()

    posted = pool.submit(ledger.deposit, alice.id, npr("1.00")).result(PATIENCE_S)

    assert posted.amount == npr("1.00")
    assert bank.balance(alice) in {"101.00", "101.01"}


def test_whatever_goes_wrong_after_commit_was_sent_is_unknown_and_never_posted_again(
    bank: SqlBank, ledger: SqlLedger, accounts: list[Account], monkeypatch: pytest.MonkeyPatch
) -> None:
    alice, *_rest = accounts
    finish = Exchange.finish

    def fail_late(exchange: Exchange) -> list[Rows]:
        answers = finish(exchange)
        if exchange.sent[-1].statement.text == b"COMMIT":
            raise MemoryError
        return answers

    with monkeypatch.context() as patch:
        patch.setattr(Exchange, "finish", fail_late)
        with pytest.raises(OutcomeUnknownError):
            ledger.deposit(alice.id, npr("1.00"))

    assert bank.balance(alice) == "101.00"
