"""A process that opened a bank may fork: the child posts on connections of its own, and the parent goes on."""

import asyncio
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Final

import pytest
from psycopg import OperationalError

from bankcore.errors import BankcoreError, InvalidRequestError
from bankcore.ledger.accounts import Account
from bankcore.ledger.commands import Deposit
from bankcore_infra.audit.recording.attempt_log import SqlAttemptLog
from bankcore_infra.db.driver import BoundedConnection
from bankcore_infra.identity.tenant_names import SqlTenantNames
from bankcore_infra.ledger.sql_ledger import SqlLedger
from bankcore_infra.readiness import Inquiry
from bankcore_infra.work.doorbell import RedisDoorbell
from tests.integration.ledger.books import require_sound
from tests.worlds.sql_bank import SqlBank
from tests.worlds.values import npr

pytestmark = pytest.mark.usefixtures("unmeasured")

PATIENCE_S: Final = 20
CHILDREN: Final = 8


def in_child(work: Callable[[], object]) -> int:
    """What a forked process that does the work ends with: 0 if it went well, and a negative number if it hung."""
    pid = os.fork()
    if pid:
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    code = 1
    try:
        signal.alarm(PATIENCE_S)
        work()
        code = 0
    except BaseException:  # noqa: BLE001 - nothing may leave the child
        traceback.print_exc()
    finally:
        # What leaves takes its time where coverage is measured; no alarm may end it.
        signal.alarm(0)
        os._exit(code)


@pytest.fixture
def ledger(bank: SqlBank) -> SqlLedger:
    attempts = SqlAttemptLog(bank.database, SqlTenantNames(bank.database), bank.ids)
    return SqlLedger(bank.tenant_id, bank.database, bank.signals, attempts)


@pytest.fixture
def pair(bank: SqlBank) -> tuple[Account, Account]:
    return bank.open_account(balance="1000000.00"), bank.open_account("bob")


@contextmanager
def load(ledger: SqlLedger, pair: tuple[Account, Account]) -> Iterator[list[int]]:
    """Threads that post all the time; how often each of them did."""
    stop, posted = threading.Event(), [0] * 4

    def post(number: int) -> None:
        while not stop.is_set():
            ledger.transfer(pair[number % 2].id, pair[1 - number % 2].id, npr("0.01"))
            posted[number] += 1

    with ThreadPoolExecutor(len(posted)) as pool:
        running = [pool.submit(post, number) for number in range(len(posted))]
        try:
            yield posted
        finally:
            stop.set()
        for each in running:
            each.result(PATIENCE_S)


def test_the_children_of_an_idle_process_post_and_it_goes_on(
    bank: SqlBank, ledger: SqlLedger, pair: tuple[Account, Account]
) -> None:
    alice, bob = pair
    ledger.transfer(alice.id, bob.id, npr("1.00"))

    def work() -> None:
        ledger.transfer(alice.id, bob.id, npr("1.00"))
        asyncio.run(aio_transfer())
        assert bank.queries.get_account(alice.id).balance.minor < 1_000_000_00

    async def aio_transfer() -> None:
        await ledger.aio.transfer(alice.id, bob.id, npr("1.00"))

    for _ in range(3):
        assert in_child(work) == 0
        ledger.transfer(alice.id, bob.id, npr("1.00"))

    assert bank.balance(bob) == "10.00"
    require_sound(bank)


def test_the_children_of_a_busy_process_wait_for_nobody(
    bank: SqlBank, ledger: SqlLedger, pair: tuple[Account, Account]
) -> None:
    alice, bob = pair
    # Half of the threads post in the other direction, and may come first.
    ledger.deposit(bob.id, npr("1000.00"))

    with load(ledger, pair) as posted:
        codes = [in_child(lambda: ledger.transfer(alice.id, bob.id, npr("0.10"))) for _ in range(CHILDREN)]

    assert codes == [0] * CHILDREN
    assert min(posted) > 0
    require_sound(bank)


def test_a_fork_out_of_a_task_neither_stops_the_loop_nor_the_child(
    bank: SqlBank, ledger: SqlLedger, pair: tuple[Account, Account]
) -> None:
    alice, bob = pair

    async def run() -> int:
        tasks = [asyncio.create_task(ledger.aio.transfer(alice.id, bob.id, npr("0.01"))) for _ in range(50)]
        await asyncio.sleep(0)
        code = in_child(lambda: ledger.transfer(alice.id, bob.id, npr("0.50")))
        await asyncio.gather(*tasks)
        return code

    assert asyncio.run(run()) == 0
    assert bank.balance(bob) == "1.00"


def test_the_callers_own_connection_does_not_go_with_a_fork(
    bank: SqlBank, ledger: SqlLedger, pair: tuple[Account, Account]
) -> None:
    alice, _bob = pair
    carol, dave = bank.open_account("carol", balance="5.00"), bank.open_account("dave")
    with bank.database.begin() as caller:
        enclosed = ledger.using(caller)
        enclosed.deposit(alice.id, npr("1.00"))

        def refused() -> None:
            for attempt in (enclosed, ledger.using(caller)):
                with pytest.raises(InvalidRequestError, match="a process that was forked opens its own"):
                    attempt.deposit(alice.id, npr("1.00"))
            with pytest.raises(InvalidRequestError):
                enclosed.execute([Deposit(alice.id, npr("1.00"))], dry_run=True)
            ledger.transfer(carol.id, dave.id, npr("5.00"))

        code = in_child(refused)
        enclosed.deposit(alice.id, npr("1.00"))

    assert code == 0
    assert (bank.balance(alice), bank.balance(dave)) == ("1000002.00", "5.00")


@pytest.mark.parametrize("leave", [sys.exit, str], ids=["exception", "end of block"])
def test_a_child_that_leaves_the_callers_transaction_does_not_end_it(
    bank: SqlBank, ledger: SqlLedger, pair: tuple[Account, Account], leave: Callable[[], object]
) -> None:
    alice, _bob = pair
    pid = -1
    try:
        with bank.database.begin() as caller:
            ledger.using(caller).deposit(alice.id, npr("1.00"))
            pid = os.fork()
            if pid == 0:
                leave()
            else:
                os.waitpid(pid, 0)
                ledger.using(caller).deposit(alice.id, npr("1.00"))
    finally:
        if pid == 0:
            os._exit(0)

    assert bank.balance(alice) == "1000002.00"


def test_a_child_says_nothing_on_its_parents_connection(bank: SqlBank) -> None:
    with bank.database.begin() as caller:
        driver = caller.connection.driver_connection
        assert isinstance(driver, BoundedConnection)

        def refused() -> None:
            for attempt in (driver.commit, lambda: driver.execute("SELECT 1")):
                with pytest.raises(OperationalError, match="a process that was forked opens its own"):
                    attempt()
            driver.rollback()
            driver.close()

        code = in_child(refused)

        assert caller.exec_driver_sql("SELECT 1").scalar_one() == 1
    assert code == 0


def test_a_child_of_a_child_posts_too(ledger: SqlLedger, bank: SqlBank, pair: tuple[Account, Account]) -> None:
    alice, bob = pair

    def work() -> None:
        ledger.transfer(alice.id, bob.id, npr("1.00"))
        assert in_child(lambda: ledger.transfer(alice.id, bob.id, npr("1.00"))) == 0

    assert in_child(work) == 0
    assert bank.balance(bob) == "2.00"


def test_what_else_has_threads_and_locks_begins_anew(bank: SqlBank) -> None:
    inquiry, bell = Inquiry(lambda: None), RedisDoorbell("unix:///nowhere.sock")
    bell.ring(bank.tenant_id)

    def work() -> None:
        inquiry.begin()
        assert inquiry.fault(by=float("inf")) is None
        bell.ring(bank.tenant_id)
        bell.close()

    with inquiry._lock, bell._rung:  # noqa: SLF001 - as another thread would hold them at that moment
        code = in_child(work)
    bell.close()

    assert code == 0


def test_a_lock_that_another_process_keeps_is_no_accident_of_the_fork(
    bank: SqlBank, ledger: SqlLedger, pair: tuple[Account, Account]
) -> None:
    alice, bob = pair

    def work() -> None:
        with pytest.raises(BankcoreError):
            ledger.transfer(alice.id, bob.id, npr("1.00"))

    with bank.scratch.connection() as holder, holder.transaction():
        holder.execute("SELECT 1 FROM bankcore.accounts WHERE id = %s FOR UPDATE", [alice.id])
        code = in_child(work)

    assert code == 0
    assert bank.balance(alice) == "1000000.00"
