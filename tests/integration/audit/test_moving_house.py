"""A bank that was dumped and restored into another cluster goes on where it was, once somebody has said so."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from bankcore.events.feed import FeedPosition
from bankcore.identifiers import AccountId
from bankcore.ledger.commands import Transfer
from bankcore_infra.audit.recording.positions import PositionsStoppedError
from bankcore_infra.db.engine import Database
from bankcore_infra.db.transactions import OwnTransactions
from bankcore_infra.embedded.binaries import find_postgres
from bankcore_infra.events.feed import SqlEventFeed
from tests.integration.audit.placing import committed, place, placed
from tests.worlds.sealing import SealingRole
from tests.worlds.sql_bank import APP, SUPERUSER, ScratchCluster, ScratchDatabase, SqlBank, moved_bank
from tests.worlds.values import npr
from tests.worlds.workers import RecordingConsumer, Workers, prepare_effects

_BURNT: Final = 3_000


@pytest.fixture
def new_house() -> Iterator[ScratchDatabase]:
    """An empty database in a cluster that is younger than ours."""
    with ScratchCluster.running() as cluster, cluster.database(template="template0") as empty:
        yield empty


def burn(scratch: ScratchDatabase, numbers: int) -> None:
    """Use up transaction numbers, as the life of a server does."""
    with scratch.connection() as connection:
        for _ in range(numbers):
            connection.execute("SELECT pg_current_xact_id()")


def move(old: ScratchDatabase, new: ScratchDatabase, dump: Path) -> None:
    """Dump the one, restore it into the other."""
    programs, quiet = find_postgres(18) / "bin", {**os.environ, "LC_ALL": "C.UTF-8"}
    for words in (
        ["pg_dump", "-Fc", "-f", str(dump), "-d", old.url(SUPERUSER)],
        ["pg_restore", "-d", new.url(SUPERUSER), str(dump)],
    ):
        subprocess.run([str(programs / words[0]), *words[1:]], check=True, env=quiet, timeout=60)


@pytest.mark.timeout(180)
def test_feed_consumers_and_sealing_go_on_after_a_restore_without_a_gap_or_a_repeat(
    bank: SqlBank, scratch: ScratchDatabase, role: SealingRole, new_house: ScratchDatabase, tmp_path: Path
) -> None:
    burn(scratch, _BURNT)
    prepare_effects(scratch)
    alice, bob = bank.open_account(floor=None), bank.open_account("bob")
    bank.ledger.execute([Transfer(alice.id, bob.id, npr("1.00")) for _ in range(3)])
    Workers(bank, [RecordingConsumer()]).run()
    role.seal(scratch, bank)
    bank.ledger.execute([Transfer(alice.id, bob.id, npr("1.00"))])
    seen = SqlEventFeed(OwnTransactions(bank.database, bank.tenant_id)).read(limit=100).events
    move(scratch, new_house, tmp_path / "dump")

    with Database(new_house.url(APP)) as database:
        moved = moved_bank(bank, new_house, database)
        feed = SqlEventFeed(OwnTransactions(database, moved.tenant_id))
        workers = Workers(moved, [RecordingConsumer()])
        moved.ledger.execute([Transfer(alice.id, bob.id, npr("1.00"))])
        with pytest.raises(PositionsStoppedError):
            place(moved)
        assert [event.id for event in feed.read(limit=100).events] == [event.id for event in seen]
        workers.run()
        assert workers.sequences(alice.id) == [1, 2, 3, 4]

        role.begin_era(new_house, moved, "moved house")
        moved.ledger.execute([Transfer(alice.id, bob.id, npr("1.00"))])
        role.seal(new_house, moved)
        workers.run()

        assert workers.sequences(alice.id) == workers.sequences(bob.id) == [1, 2, 3, 4, 5, 6]
        last = seen[-1]
        later = feed.read(after=FeedPosition(last.position.number, last.id), limit=100).events
        assert [event.action for event in later if event.account_ids] == ["transaction.posted"] * 2
        assert set(placed(moved)) == committed(moved)
        require_no_skip_when_the_numbers_meet(workers, alice.id, bob.id)


def require_no_skip_when_the_numbers_meet(workers: Workers, source: AccountId, target: AccountId) -> None:
    """The new cluster's numbers reach those of the old one, and pass them: nothing is left out, nothing comes twice."""
    moved = workers.bank
    burn(moved.scratch, _BURNT)
    moved.ledger.execute([Transfer(source, target, npr("1.00"))])

    workers.run()

    assert workers.sequences(source) == [1, 2, 3, 4, 5, 6, 7]
    assert set(placed(moved)) == committed(moved)
    assert moved.scratch.row("SELECT count(*), count(DISTINCT (event_id, account_id)) FROM public.effects") == (14, 14)
