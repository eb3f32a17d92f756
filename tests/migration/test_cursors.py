"""What consumers owed when they became cursors is done once and in order: nothing is lost, nothing is done again."""

from collections.abc import Iterator
from typing import Final
from uuid import UUID

import pytest

from bankcore.identifiers import AccountId
from bankcore.ledger.commands import Transfer
from bankcore_infra.audit.recording.positions import place_records
from bankcore_infra.db.engine import Database
from bankcore_infra.db.migrate import downgrade, upgrade
from bankcore_infra.db.transactions import OwnTransactions
from tests.worlds.sql_bank import SUPERUSER, ScratchCluster, ScratchDatabase, SqlBank, moved_bank, sql_bank
from tests.worlds.values import npr
from tests.worlds.workers import RecordingConsumer, Workers, dead_letters, prepare_effects

BEFORE: Final = "0013"
TRANSFERS: Final = 6
_SUBSCRIBE: Final = """
    INSERT INTO bankcore.subscriptions (tenant_id, consumer, xid, event_id, read_below, position)
    SELECT %s, %s, log.xid, log.id, '0', CASE WHEN %s THEN leaf.idx + 1 END
    FROM bankcore.audit_log AS log LEFT JOIN bankcore.log_leaves AS leaf ON leaf.audit_id = log.id WHERE log.id = %s
"""
_OWE: Final = """
    INSERT INTO bankcore.deliveries (
        tenant_id, id, consumer, event_id, account_id, sequence, after_xid, status, starts, due_at, last_error)
    VALUES (%s, gen_random_uuid(), 'recorder', %s, %s, %s, '0', %s, %s, now() + %s * interval '1 hour', %s)
"""


class Before:
    """A bank of before: two accounts, six transfers, and a consumer that has done some of what it was owed."""

    def __init__(self, bank: SqlBank) -> None:
        self.bank = bank
        self.alice = bank.open_account(floor=None).id
        self.bob = bank.open_account("bob").id
        for _ in range(TRANSFERS):
            bank.ledger.execute([Transfer(self.alice, self.bob, npr("1.00"))])
        rows = bank.scratch.rows("SELECT id FROM bankcore.audit_log WHERE action = 'transaction.posted' ORDER BY id")
        self.events = [UUID(str(event_id)) for (event_id,) in rows]

    def place(self) -> None:
        OwnTransactions(self.bank.database, self.bank.tenant_id).run(place_records)

    def subscribe(self, consumer: str, event_id: UUID, *, is_placed: bool) -> None:
        """The consumer has come as far as that event."""
        self.bank.scratch.execute(_SUBSCRIBE, self.bank.tenant_id, consumer, is_placed, event_id)

    def owe(
        self,
        sequence: int,
        account_id: AccountId,
        status: str,
        *,
        starts: int = 0,
        due_h: int = 0,
        why: str | None = None,
    ) -> None:
        """One delivery that is not done."""
        event_id = self.events[sequence - 1]
        parameters = (self.bank.tenant_id, event_id, account_id, sequence, status, starts, due_h, why)
        self.bank.scratch.execute(_OWE, *parameters)


# What the ledger of now asks of any account, so that it can post on the tables of before.
_LEND: Final = """
    ALTER TABLE bankcore.accounts ADD COLUMN held_at timestamptz, ADD COLUMN held_until timestamptz;
    GRANT UPDATE (held_at, held_until) ON bankcore.accounts TO bankcore_app;
    CREATE TABLE bankcore.holds (tenant_id uuid, account_id uuid, status text, expires_at timestamptz,
                                 amount_minor bigint, captured_minor bigint);
    ALTER TABLE bankcore.accounts ADD COLUMN is_limited boolean NOT NULL DEFAULT false;
    CREATE TABLE bankcore.limit_policies (tenant_id uuid, subject_id uuid, policy jsonb);
    GRANT SELECT ON bankcore.holds, bankcore.limit_policies TO bankcore_app
"""
_TAKE_BACK: Final = """
    DROP TABLE bankcore.holds, bankcore.limit_policies;
    ALTER TABLE bankcore.accounts DROP COLUMN held_at, DROP COLUMN held_until, DROP COLUMN is_limited
"""


@pytest.fixture
def before(cluster: ScratchCluster) -> Iterator[Before]:
    with cluster.database(template="template1") as scratch:
        upgrade(scratch.url(SUPERUSER), BEFORE)
        with Database(scratch.url()) as database:
            scratch.execute(_LEND)
            bank = sql_bank(scratch, database)
        # Of today's setting for the tenant, that schema knows nothing.
        scratch.execute(f"ALTER DATABASE \"{scratch.name}\" SET app.tenant_id = '{bank.tenant_id}'")
        with Database(scratch.url()) as database:
            yield Before(moved_bank(bank, scratch, database))


def go_on(before: Before, *consumers: str) -> Workers:
    """Migrate, and let the program of now do what there is."""
    migrate(before.bank.scratch)
    prepare_effects(before.bank.scratch)
    workers = Workers(before.bank, [RecordingConsumer(name) for name in consumers])
    workers.run()
    return workers


def migrate(scratch: ScratchDatabase) -> None:
    """To the tables of now, without what was lent."""
    scratch.execute(_TAKE_BACK)
    upgrade(scratch.url(SUPERUSER))


def rows_of(scratch: ScratchDatabase) -> list[tuple[object, ...]]:
    return list(scratch.rows("SELECT account_id, sequence, status, starts FROM bankcore.deliveries ORDER BY 1, 2"))


def test_what_was_owed_is_done_once_and_in_order_and_nothing_that_was_done_is_done_again(before: Before) -> None:
    before.place()
    before.subscribe("recorder", before.events[3], is_placed=True)
    before.owe(3, before.alice, "leased", starts=1, due_h=1)
    before.owe(4, before.alice, "waiting")
    before.owe(2, before.bob, "dead", starts=12, why="ValueError")
    before.owe(4, before.bob, "waiting")

    workers = go_on(before, "recorder")

    # Somebody may be at the leased one until its time is over.
    assert workers.sequences(before.bob) == [4, 5, 6]
    assert workers.sequences(before.alice) == []
    workers.make_due()
    workers.run()
    assert workers.sequences(before.alice) == [3, 4, 5, 6]
    (letter,) = dead_letters(workers).list_dead(limit=10)
    assert (letter.account_id, letter.sequence, letter.tries, letter.last_error) == (before.bob, 2, 12, "ValueError")


def test_who_had_come_as_far_as_a_transaction_number_goes_on_behind_it(before: Before) -> None:
    before.subscribe("recorder", before.events[3], is_placed=False)

    workers = go_on(before, "recorder")

    assert workers.sequences(before.alice) == workers.sequences(before.bob) == [5, 6]


def test_who_had_read_numbers_that_are_placed_otherwise_gets_what_is_left_out(before: Before) -> None:
    with before.bank.database.engine_for(before.bank.tenant_id).connect() as late:
        # Its number is the lowest of all that come, and its place the last.
        late.exec_driver_sql("SELECT pg_current_xact_id()")
        before.bank.ledger.execute([Transfer(before.alice, before.bob, npr("1.00"))])
        before.place()
        carol = before.bank.open_account("carol").id
        before.bank.using(late).execute([Transfer(before.alice, carol, npr("1.00"))])
        late.commit()
    by_number = before.bank.scratch.rows(
        "SELECT id FROM bankcore.audit_log WHERE action = 'transaction.posted' ORDER BY xid"
    )
    before.subscribe("recorder", UUID(str(by_number[TRANSFERS][0])), is_placed=False)

    workers = go_on(before, "recorder")

    assert sorted(workers.effects()) == sorted([(before.alice, TRANSFERS + 1), (before.bob, TRANSFERS + 1)])
    assert workers.parked() == []


def test_a_consumer_that_had_read_nothing_gets_everything(before: Before) -> None:
    before.bank.scratch.execute(
        "INSERT INTO bankcore.subscriptions (tenant_id, consumer, xid, event_id, read_below, position)"
        " VALUES (%s, 'recorder', '0', %s, '0', NULL)",
        before.bank.tenant_id,
        UUID(int=0),
    )

    workers = go_on(before, "recorder", "second")

    assert workers.sequences(before.alice) == workers.sequences(before.bob) == [*range(1, TRANSFERS + 1)]
    assert workers.sequences(before.alice, "second") == [*range(1, TRANSFERS + 1)]


def test_the_way_back_owes_what_is_parked(before: Before) -> None:
    before.place()
    before.subscribe("recorder", before.events[3], is_placed=True)
    before.owe(3, before.alice, "pending", starts=2, due_h=5)
    before.owe(4, before.alice, "waiting")
    before.owe(2, before.bob, "dead", starts=12)
    owed = rows_of(before.bank.scratch)
    position = before.bank.scratch.scalar("SELECT position FROM bankcore.subscriptions")

    migrate(before.bank.scratch)
    downgrade(before.bank.scratch.url(SUPERUSER), BEFORE)

    assert rows_of(before.bank.scratch) == owed
    assert before.bank.scratch.scalar("SELECT position FROM bankcore.subscriptions") == position
