"""Thirty-two threads on eight accounts: what anybody can see meanwhile, and what is left."""

import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Final

import pytest

from bankcore.errors import UnavailableError
from bankcore.ledger.accounts import Account
from bankcore.ledger.commands import Transfer
from bankcore.money import Money
from bankcore_infra.db.engine import Database
from tests.integration.ledger.books import require_sound
from tests.sizes import sized
from tests.worlds.sql_bank import ScratchDatabase, SqlBank, sql_bank
from tests.worlds.values import NPR, words

pytestmark = pytest.mark.usefixtures("unmeasured")

THREADS: Final = 32
ACCOUNTS: Final = 8
TRANSFERS: Final = THREADS * sized(150, nightly=625)
START_MINOR: Final = 100_000
READ_EVERY_S: Final = 0.05
UNAVAILABLE_MAX: Final = TRANSFERS // 400
READS_MIN: Final = sized(25, nightly=100)


class Onlooker:
    """Reads all balances in one snapshot again and again, and keeps what should never have been seen."""

    def __init__(self, scratch: ScratchDatabase) -> None:
        self.reads = 0
        self.wrong: list[object] = []
        self._scratch = scratch
        self._stop = threading.Event()

    @contextmanager
    def watching(self, total_minor: int) -> Iterator[None]:
        with ThreadPoolExecutor(1) as pool:
            watch = pool.submit(self._watch, total_minor)
            try:
                yield
            finally:
                self._stop.set()
                watch.result()

    def _watch(self, total_minor: int) -> None:
        statement = """
            SELECT sum(balance_minor) FILTER (WHERE kind = 'customer'), sum(balance_minor),
                   min(balance_minor - held_minor - floor_minor),
                   (SELECT sum(amount_minor) FROM bankcore.entries),
                   (SELECT count(*) FROM bankcore.entries) - 2 * (SELECT count(*) FROM bankcore.transactions)
            FROM bankcore.accounts"""
        with self._scratch.connection() as connection:
            connection.execute("SET default_transaction_isolation = 'repeatable read'")
            while not self._stop.wait(READ_EVERY_S):
                row = connection.execute(statement.encode()).fetchone()
                assert row is not None
                self.reads += 1
                if row[:2] != (total_minor, 0) or row[2] < 0 or row[3:] != (0, 0):
                    self.wrong.append(row)


@pytest.mark.slow
@pytest.mark.security
@pytest.mark.timeout(300)
def test_thousands_of_transfers_on_eight_accounts_keep_every_promise(scratch: ScratchDatabase) -> None:
    database = Database(scratch.url())
    bank = sql_bank(scratch, database)
    accounts = [bank.open_account(f"owner-{number}", balance="1000.00") for number in range(ACCOUNTS)]
    onlooker, unavailable, began = Onlooker(scratch), list[Transfer](), time.monotonic()

    with onlooker.watching(ACCOUNTS * START_MINOR), ThreadPoolExecutor(THREADS) as pool:
        seeds = range(THREADS)
        seen = sum(pool.map(lambda seed: post_many(bank, accounts, seed, unavailable), seeds), Counter[str]())

    took_s = time.monotonic() - began
    database.close()
    assert set(seen) == {"posted", "insufficient_funds"}
    assert seen.total() == TRANSFERS
    assert seen["insufficient_funds"] > TRANSFERS // 100
    assert onlooker.wrong == []
    assert onlooker.reads > READS_MIN
    assert scratch.scalar("SELECT deadlocks FROM pg_stat_database WHERE datname = %s", scratch.name) == 0
    assert scratch.scalar("SELECT count(*) FROM bankcore.transactions") == ACCOUNTS + seen["posted"]
    require_sound(bank)
    print(f"{TRANSFERS} transfers in {took_s:.1f} s, {onlooker.reads} snapshots")  # noqa: T201 - shown with -s


def post_many(bank: SqlBank, accounts: list[Account], seed: int, unavailable: list[Transfer]) -> Counter[str]:
    """One thread's share of random transfers, and how many came to what."""
    choose = random.Random(seed)
    seen: Counter[str] = Counter()
    for number in range(TRANSFERS // THREADS):
        source, destination = choose.sample(accounts, 2)
        # Every other one carries a key, as the two kinds lock differently.
        key = f"{seed}-{number}" if number % 2 else None
        amount = Money(choose.randint(1, START_MINOR // 2), NPR)
        command = Transfer(source.id, destination.id, amount, idempotency_key=key)
        seen.update(send_until_known(bank, command, unavailable))
    return seen


def send_until_known(bank: SqlBank, command: Transfer, unavailable: list[Transfer]) -> list[str]:
    """What the command came to. Who waits too long for a lock is told that nothing was recorded, and sends it again,
    unless all threads together were told so too often.
    """
    while len(unavailable) < UNAVAILABLE_MAX:
        try:
            return words(bank.ledger.execute([command]))
        except UnavailableError:
            unavailable.append(command)
    pytest.fail(f"it was told {UNAVAILABLE_MAX} times that nothing was recorded")
