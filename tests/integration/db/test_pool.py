"""Who gets a connection when there are too few."""

import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from bankcore.errors import UnavailableError
from bankcore.identifiers import TenantId
from bankcore.testing import SequentialIdentifiers
from bankcore_infra.db.engine import Database, driver_url
from bankcore_infra.db.pool import FairPool, Turnstile
from tests.worlds.sql_bank import ScratchDatabase

TENANT_ID = TenantId(SequentialIdentifiers().new_id())
PATIENCE_S = 10.0


def test_a_free_place_goes_to_the_one_that_has_waited_longest() -> None:
    turnstile, came = Turnstile(1), list[int]()
    assert turnstile.enter(timeout_s=0)

    def wait(number: int) -> None:
        assert turnstile.enter(timeout_s=PATIENCE_S)
        came.append(number)
        turnstile.leave()

    with ThreadPoolExecutor(5) as pool:
        for number in range(5):
            pool.submit(wait, number)
            while len(turnstile._waiting) <= number:  # noqa: SLF001 - nothing else tells that the thread waits
                time.sleep(0.001)
        turnstile.leave()

    assert came == [0, 1, 2, 3, 4]
    assert turnstile.enter(timeout_s=0)


def test_who_leaves_the_queue_takes_no_place_with_him() -> None:
    turnstile = Turnstile(1)
    assert turnstile.enter(timeout_s=0)
    assert not turnstile.enter(timeout_s=0.01)

    turnstile.leave()

    assert turnstile.enter(timeout_s=0)
    assert not turnstile.enter(timeout_s=0)


def test_busy_threads_share_few_connections_evenly(scratch: ScratchDatabase) -> None:
    threads, turns = 8, 400
    database, start = Database(scratch.url(), pool_size=2), threading.Barrier(threads)
    seen = Counter(dict.fromkeys(range(threads), 0))

    def work(thread: int) -> None:
        start.wait()
        while seen.total() < turns:
            with database.engine_for(TENANT_ID).connect() as connection:
                connection.exec_driver_sql("SELECT 1")
            seen[thread] += 1

    with ThreadPoolExecutor(threads) as pool:
        for done in [pool.submit(work, thread) for thread in range(threads)]:
            done.result()
    database.close()

    assert min(seen.values()) > turns / threads / 2, seen


def test_a_caller_that_waits_too_long_is_told_and_places_are_not_lost(scratch: ScratchDatabase) -> None:
    engine = create_engine(
        driver_url(scratch.url()), poolclass=FairPool, pool_size=1, max_overflow=0, pool_timeout=0.05
    )
    for _ in range(3):
        with engine.connect(), pytest.raises(PoolTimeoutError), engine.connect():
            pytest.fail("there was a second connection")
        with engine.connect() as connection:
            assert connection.exec_driver_sql("SELECT 1").scalar() == 1
    engine.dispose()


def test_a_connection_that_breaks_or_cannot_be_made_gives_its_place_back(scratch: ScratchDatabase) -> None:
    database = Database(scratch.url(), pool_size=1)
    for _ in range(3):
        with pytest.raises(OperationalError), database.engine_for(TENANT_ID).connect() as connection:
            connection.exec_driver_sql("SELECT pg_terminate_backend(pg_backend_pid())")
    with database.begin() as connection:
        assert connection.exec_driver_sql("SELECT 1").scalar() == 1
    database.close()

    nowhere = Database(f"postgresql://bankcore_app@/bank?host={Path(__file__).parent}", pool_size=1)
    for _ in range(3):
        with pytest.raises(UnavailableError), nowhere.begin():
            pytest.fail("there is no server")
