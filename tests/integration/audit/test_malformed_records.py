"""What nobody can read is in nobody's way: each reader goes on without it, and it can be found."""

from collections.abc import Sequence
from uuid import UUID

import psycopg
import pytest

from bankcore.audit.queries import AuditFilter
from bankcore.errors import InvalidRequestError
from bankcore.events.feed import FeedPosition
from bankcore.ledger.commands import Transfer
from bankcore.origin import LIBRARY
from bankcore_http.audit.shapes import present_event
from bankcore_http.events.shapes import present_feed_event
from bankcore_infra.audit.reading.queries import SqlAuditQueries
from bankcore_infra.db.transactions import OwnTransactions
from bankcore_infra.events.feed import SqlEventFeed
from tests.integration.audit.malformed import MALFORMED, insert_malformed
from tests.worlds.sql_bank import APP, SqlBank
from tests.worlds.values import npr
from tests.worlds.workers import RecordingConsumer, Workers, dead_letters, pay, prepare_effects

WANTED = frozenset({"transaction.posted", "account.opened", "account.status_changed", "user.registered"})
SENT_TO_CONSUMERS = {
    kind for kind, parts in MALFORMED.items() if parts.get("action", "'transaction.posted'").strip("'") in WANTED
}


@pytest.fixture
def ids(bank: SqlBank) -> Sequence[UUID]:
    """The malformed records, of every kind, between an opening and a deposit."""
    bank.open_account("before")
    with psycopg.connect(bank.scratch.url(APP)) as connection:
        connection.execute("SELECT set_config('bankcore.tenant_id', %s, false)", (str(bank.tenant_id),))
        ids = [insert_malformed(connection, bank.tenant_id, kind) for kind in MALFORMED]
    bank.open_account("after", balance="1.00")
    return ids


def test_the_feed_shows_to_staff_what_can_be_read_and_goes_on(bank: SqlBank, ids: Sequence[UUID]) -> None:
    feed = SqlEventFeed(OwnTransactions(bank.database, bank.tenant_id))

    page = feed.read(limit=100)

    shown = [present_feed_event(event, cursor="") for event in page.events]
    assert [event.action for event in page.events] == ["account.opened", "account.opened", "transaction.posted"]
    assert {event["id"] for event in shown}.isdisjoint(map(str, ids))
    assert page.next_position is None


def test_each_consumer_has_it_as_a_dead_letter_and_all_else_as_ever(bank: SqlBank, ids: Sequence[UUID]) -> None:
    prepare_effects(bank.scratch)
    workers = Workers(bank, [RecordingConsumer(actions=WANTED), RecordingConsumer("other", frozenset({"other"}))])
    alice, bob = pay(workers, 3)

    workers.run()

    assert workers.sequences(alice) == workers.sequences(bob) == [0, 1, 2, 3]
    letters = dead_letters(workers).list_dead(limit=100)
    expected = {record_id for kind, record_id in zip(MALFORMED, ids, strict=True) if kind in SENT_TO_CONSUMERS}
    assert {letter.event_id for letter in letters} == expected
    assert {(letter.consumer, letter.last_error) for letter in letters} == {("recorder", "the record is malformed")}


def test_a_dead_letter_that_cannot_be_read_dies_again_when_it_is_sent_again(bank: SqlBank, ids: Sequence[UUID]) -> None:
    prepare_effects(bank.scratch)
    workers = Workers(bank, [RecordingConsumer()])
    workers.run()
    letters = dead_letters(workers)
    before = {letter.id for letter in letters.list_dead(limit=100)}

    for letter_id in before:
        letters.redrive(letter_id, origin=LIBRARY)
    for _ in range(workers.policy.tries_max + 2):
        workers.run()
        workers.make_due()

    assert {letter.id for letter in letters.list_dead(limit=100)} == before
    assert len(workers.effects()) == 1
    assert len(ids) == len(MALFORMED)


def test_auditors_see_that_it_is_there(bank: SqlBank, ids: Sequence[UUID]) -> None:
    queries = SqlAuditQueries(OwnTransactions(bank.database, bank.tenant_id), bank.ids)

    listed = queries.list_events(AuditFilter(), limit=100, origin=LIBRARY)
    exported = list(queries.export_events(origin=LIBRARY))

    assert {event.id for event in listed} >= set(ids)
    shown = {event["id"]: event for event in map(present_event, listed)}
    assert all(isinstance(shown[str(record_id)]["record"], dict) for record_id in ids)
    assert [event.id for event in exported if event.id in set(ids)]


def test_a_cursor_of_before_positions_goes_on_and_one_of_an_event_that_was_lost_is_refused(bank: SqlBank) -> None:
    feed = SqlEventFeed(OwnTransactions(bank.database, bank.tenant_id))
    alice = bank.open_account(floor=None)
    bank.ledger.execute([Transfer(alice.id, bank.open_account("bob").id, npr("1.00")) for _ in range(3)])
    events = feed.read(limit=100).events
    number = bank.scratch.scalar("SELECT xid::text::bigint FROM bankcore.audit_log WHERE id = %s", events[1].id)

    page = feed.read(after=FeedPosition(int(str(number)), events[1].id), limit=100)

    assert [event.id for event in page.events] == [event.id for event in events[2:]]
    with pytest.raises(InvalidRequestError):
        feed.read(after=FeedPosition(1, bank.ids.new_id()), limit=100)
