"""Writers, rollbacks and two sealers that are killed in turn: what is sealed is exactly what was committed."""

import os
import random
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import psycopg
import pytest
from psycopg.pq import TransactionStatus

from bankcore.audit.merkle import Frontier, leaf_hash
from tests.integration.audit import sealer_process
from tests.worlds.sealing import SEALER, SealingRole
from tests.worlds.sql_bank import APP, ScratchDatabase, SqlBank

pytestmark = pytest.mark.usefixtures("unmeasured")

WRITERS: Final = 16
RECORDS: Final = int(os.environ.get("BANKCORE_TEST_SEALED_RECORDS", "3200"))
_KILL_AFTER_S: Final = (0.05, 0.5)
_BATCH: Final = 50
_WRITE: Final = b"""
    INSERT INTO bankcore.audit_log (tenant_id, id, at, action, outcome, actor_type, actor_id, account_ids, body)
    VALUES (%s, gen_random_uuid(), now(), 'test.written', 'success', 'test', 'test', '{}',
            sha256(random()::text::bytea))
    RETURNING id
"""


def begin(connection: psycopg.Connection, bank: SqlBank) -> None:
    connection.execute("SELECT set_config('bankcore.tenant_id', %s, true)", (str(bank.tenant_id),))


def write_one(connection: psycopg.Connection, bank: SqlBank) -> str:
    (row,) = connection.execute(_WRITE, (bank.tenant_id,)).fetchall()
    return str(row[0])


def write(scratch: ScratchDatabase, bank: SqlBank, seed: int, committed: list[str]) -> None:
    """Write records in transactions with savepoints, some of which are rolled back, at uneven speed."""
    dice = random.Random(seed)
    with psycopg.connect(scratch.url(APP)) as connection:
        while len(committed) < RECORDS // WRITERS:
            begin(connection, bank)
            written = []
            for _ in range(dice.randint(1, 4)):
                connection.execute("SAVEPOINT s")
                record_id = write_one(connection, bank)
                if dice.random() < 0.2:
                    connection.execute("ROLLBACK TO SAVEPOINT s")
                else:
                    written.append(record_id)
                if dice.random() < 0.2:
                    time.sleep(dice.random() / 20)
            if dice.random() < 0.2:
                connection.rollback()
            else:
                connection.commit()
                committed += written


class SealerProcess:
    """A sealer that goes on until it is killed."""

    def __init__(self, scratch: ScratchDatabase, bank: SqlBank, folder: Path) -> None:
        words = [scratch.url(SEALER), str(folder), str(bank.tenant_id), "main", str(_BATCH)]
        self._process = subprocess.Popen(
            [sys.executable, str(sealer_process.__file__), *words], stdout=subprocess.PIPE, text=True
        )

    def wait_until_sealing(self) -> None:
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "sealing\n"

    def kill(self) -> None:
        """SIGKILL, wherever it is; it must not have ended by itself before."""
        assert self._process.poll() is None
        self._process.kill()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()


def sealed_ids(scratch: ScratchDatabase) -> list[str]:
    """The sealed records, once it is shown that the log is dense, and that its newest checkpoint is its root."""
    leaves = scratch.rows("""
        SELECT audit_id::text, idx, hash, body FROM bankcore.log_leaves JOIN bankcore.audit_log ON id = audit_id
        ORDER BY idx
    """)
    frontier = Frontier()
    for _audit_id, _idx, leaf, body in leaves:
        assert leaf == leaf_hash(body)  # type: ignore[arg-type] # bytes
        frontier.append(leaf)
    assert [leaf[1] for leaf in leaves] == list(range(len(leaves)))
    assert frontier.root == scratch.scalar("SELECT root FROM bankcore.checkpoints ORDER BY size DESC LIMIT 1")
    return [str(leaf[0]) for leaf in leaves]


@pytest.mark.timeout(120 + RECORDS // 100)
def test_the_sealed_records_are_the_committed_ones_though_both_sealers_are_killed_again_and_again(
    bank: SqlBank, scratch: ScratchDatabase, role: SealingRole
) -> None:
    committed: list[list[str]] = [[] for _ in range(WRITERS)]
    writers = [
        threading.Thread(target=write, args=(scratch, bank, number, committed[number])) for number in range(WRITERS)
    ]
    dice, kills, kills_in_the_middle = random.Random(1), 0, 0
    # The next one is warming up while two are sealing.
    sealers = [SealerProcess(scratch, bank, role.folder) for _ in range(3)]
    for sealer in sealers[:2]:
        sealer.wait_until_sealing()

    stack = ExitStack()
    hermit = stack.enter_context(psycopg.connect(scratch.url(APP)))
    hermit.execute("SET idle_in_transaction_session_timeout = 0")
    hermit.execute("SELECT pg_current_xact_id()")
    for thread in writers:
        thread.start()
    while any(thread.is_alive() for thread in writers):
        time.sleep(dice.uniform(*_KILL_AFTER_S))
        before = sum(map(len, committed))
        sealers.pop(0).kill()
        kills += 1
        kills_in_the_middle += 0 < before < RECORDS
        sealers.append(SealerProcess(scratch, bank, role.folder))
        sealers[1].wait_until_sealing()
    for sealer in sealers:
        sealer.kill()
    assert role.seal(scratch, bank).is_done
    # All of it was sealed while somebody held a number that is lower than every writer's.
    assert hermit.info.transaction_status is TransactionStatus.INTRANS
    stack.close()

    sys.stdout.write(f"{kills} kills, {kills_in_the_middle} of them while records were written\n")
    assert kills_in_the_middle >= 2
    assert sorted(sealed_ids(scratch)) == sorted(record for records in committed for record in records)


def test_what_had_piled_up_is_sealed_at_once_in_small_batches(
    bank: SqlBank, scratch: ScratchDatabase, role: SealingRole
) -> None:
    with psycopg.connect(scratch.url(APP)) as connection:
        for _ in range(10):
            begin(connection, bank)
            for _ in range(3):
                write_one(connection, bank)
            connection.commit()

    sealed = role.seal(scratch, bank, batch=5)

    assert (sealed.leaves, sealed.is_done) == (30, True)


def test_a_record_that_is_committed_after_later_ones_is_never_passed_by(
    bank: SqlBank, scratch: ScratchDatabase, role: SealingRole
) -> None:
    with psycopg.connect(scratch.url(APP)) as slow, psycopg.connect(scratch.url(APP)) as quick:
        begin(slow, bank)
        slow.execute("SAVEPOINT s")
        written = [write_one(slow, bank)]
        for _ in range(3):
            begin(quick, bank)
            written.append(write_one(quick, bank))
            quick.commit()
            role.seal(scratch, bank)
        meanwhile = sealed_ids(scratch)
        slow.execute("RELEASE SAVEPOINT s")
        written.append(write_one(slow, bank))
        slow.commit()

    role.seal(scratch, bank)

    assert meanwhile == written[1:4]
    assert sealed_ids(scratch)[:3] == meanwhile
    assert sorted(sealed_ids(scratch)) == sorted(written)
