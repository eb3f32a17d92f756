"""Writers, rollbacks and two sealers at once: what is sealed is exactly what was committed."""

import os
import random
import threading
import time
from typing import Final

import psycopg
import pytest

from bankcore.audit.merkle import Frontier
from bankcore.errors import BankcoreError
from bankcore_infra.db.engine import Database
from tests.integration.audit.worlds import SEALER, SealingRole, tenant_of
from tests.sql_bank import APP, ScratchDatabase, SqlBank

WRITERS: Final = 8
RECORDS: Final = int(os.environ.get("BANKCORE_TEST_SEALED_RECORDS", "2000"))
_WRITE: Final = b"""
    INSERT INTO bankcore.audit_log (tenant_id, id, at, action, outcome, actor_type, actor_id, account_ids, body)
    VALUES (%s, gen_random_uuid(), now(), 'test.written', 'success', 'test', 'test', '{}',
            sha256(random()::text::bytea))
    RETURNING id
"""


def write(scratch: ScratchDatabase, bank: SqlBank, seed: int, committed: list[str]) -> None:
    """Write records in transactions with savepoints, some of which are rolled back, at uneven speed."""
    dice = random.Random(seed)
    with psycopg.connect(scratch.url(APP)) as connection:
        while len(committed) < RECORDS // WRITERS:
            connection.execute("SELECT set_config('app.tenant_id', %s, true)", (str(bank.tenant_id),))
            written = []
            for _ in range(dice.randint(1, 4)):
                connection.execute("SAVEPOINT s")
                (row,) = connection.execute(_WRITE, (bank.tenant_id,)).fetchall()
                if dice.random() < 0.2:
                    connection.execute("ROLLBACK TO SAVEPOINT s")
                else:
                    written.append(str(row[0]))
                if dice.random() < 0.2:
                    time.sleep(dice.random() / 100)
            if dice.random() < 0.2:
                connection.rollback()
            else:
                connection.commit()
                committed += written


def join(threads: list[threading.Thread]) -> None:
    for thread in threads:
        thread.join()


@pytest.mark.timeout(120 + RECORDS // 100)
def test_the_sealed_records_are_the_committed_ones(bank: SqlBank, scratch: ScratchDatabase, role: SealingRole) -> None:
    committed: list[list[str]] = [[] for _ in range(WRITERS)]
    writers = [
        threading.Thread(target=write, args=(scratch, bank, number, committed[number])) for number in range(WRITERS)
    ]
    is_over = threading.Event()
    failures: list[Exception] = []
    steps: list[int] = []

    def seal_on() -> None:
        database = Database(scratch.url(SEALER), pool_size=1)
        sealer = role.sealer(database, batch=50)
        while not is_over.is_set():
            try:
                steps.append(sealer.seal_step(tenant_of(bank)).leaves)
            except BankcoreError as error:
                failures.append(error)
        database.close()

    sealers = [threading.Thread(target=seal_on) for _ in range(2)]
    for thread in [*writers, *sealers]:
        thread.start()
    join(writers)
    is_over.set()
    join(sealers)
    role.seal(scratch, bank)

    leaves = scratch.rows("SELECT audit_id::text, idx, hash FROM bankcore.log_leaves ORDER BY idx")
    frontier = Frontier()
    for _audit_id, _idx, leaf in leaves:
        frontier.append(leaf)  # type: ignore[arg-type] # bytes
    assert failures == []
    assert sum(map(bool, steps)) > 5
    assert sorted(str(leaf[0]) for leaf in leaves) == sorted(record for records in committed for record in records)
    assert [leaf[1] for leaf in leaves] == list(range(len(leaves)))
    assert frontier.root == scratch.scalar("SELECT root FROM bankcore.checkpoints ORDER BY size DESC LIMIT 1")
