"""One suite for both adapters of what is read of the log: the event feed, and the sealed log."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest

from bankcore.actions import Audience
from bankcore.audit.merkle import included_root, leaf_hash
from bankcore.audit.ports import SealedLog
from bankcore.audit.queries import AuditFilter
from bankcore.errors import InvalidRequestError, NotFoundError
from bankcore.events.feed import EventFeed, FeedEvent, FeedPosition
from bankcore.fraud.change_policy import ChangePolicy
from bankcore.fraud.policy import FraudPolicy
from bankcore.identifiers import AccountId, EventId
from bankcore.origin import LIBRARY
from bankcore.testing import FrozenClock, in_memory_bank
from bankcore.testing.feed import InMemoryEventFeed
from bankcore.testing.sealed_log import InMemorySealedLog
from bankcore_infra.audit.reading.queries import SqlAuditQueries
from bankcore_infra.audit.reading.sealed_queries import SqlSealedLog
from bankcore_infra.db.transactions import OwnTransactions
from bankcore_infra.events.feed import SqlEventFeed
from bankcore_infra.fraud.unit import SqlFraudUnits
from tests.worlds.sealing import SealingRole
from tests.worlds.sql_bank import SqlBank

OWNERS = ("sita", "ram")


@pytest.fixture(params=["in-memory", "PostgreSQL"])
def feed(request: pytest.FixtureRequest) -> EventFeed:
    """The feed of a bank that opened two accounts; then its log was read, and its fraud policy changed."""
    if request.param == "PostgreSQL":
        bank = request.getfixturevalue("bank")
        assert isinstance(bank, SqlBank)
        for owner in OWNERS:
            bank.open_account(owner)
        transactions = OwnTransactions(bank.database, bank.tenant_id)
        SqlAuditQueries(transactions, bank.ids).list_events(AuditFilter(), limit=1, origin=LIBRARY)
        ChangePolicy(SqlFraudUnits(transactions, bank.unit))(FraudPolicy(), origin=LIBRARY)
        return SqlEventFeed(transactions)
    memory = in_memory_bank()
    for owner in OWNERS:
        memory.accounts.open(currency="NPR", owner_id=owner)
    made = InMemoryEventFeed(lambda account_id: memory.books.accounts[account_id].owner_id)
    for number, event in enumerate(memory.events):
        account_id: AccountId = event.account.id  # type: ignore[attr-defined] # all of them opened one
        made.add(_change(number, event.stamp.id, "account.opened", [account_id]))
    made.add(_change(8, EventId(memory.ids.new_id()), "audit.read"), Audience.NOBODY)
    made.add(_change(9, EventId(memory.ids.new_id()), "fraud_policy.changed"), Audience.OPERATOR)
    return made


def _change(number: int, event_id: EventId, action: str, account_ids: Sequence[AccountId] = ()) -> FeedEvent:
    return FeedEvent(
        id=event_id,
        position=FeedPosition(number, event_id),
        action=action,
        occurred_at=FrozenClock().now(),
        subject=None,
        account_ids=account_ids,
        own_account_ids=None,
        effects=[],
        facts={},
    )


def test_every_change_is_read_once_and_in_order_in_pages_of_any_size(feed: EventFeed) -> None:
    everything = feed.read(limit=10)
    first = feed.read(limit=1)
    rest = feed.read(after=first.next_position, limit=10)

    assert [event.action for event in everything.events] == ["account.opened"] * 2 + ["fraud_policy.changed"]
    assert [*first.events, *rest.events] == list(everything.events)
    assert (everything.next_position, rest.next_position) == (None, None)
    assert first.next_position == first.events[0].position
    assert feed.read(after=everything.events[-1].position, limit=10).events == []


def test_an_owner_reads_what_is_on_own_accounts(feed: EventFeed) -> None:
    sitas, rams = (feed.read(owner_id=owner, limit=10).events for owner in OWNERS)

    assert [len(events) for events in (sitas, rams)] == [1, 1]
    assert sitas[0].own_account_ids == frozenset(sitas[0].account_ids)
    assert feed.read(owner_id="nobody", limit=10).events == []
    assert all(event.own_account_ids is None for event in feed.read(limit=10).events)


def test_a_place_that_is_none_is_refused(feed: EventFeed) -> None:
    with pytest.raises(InvalidRequestError):
        feed.read(after=FeedPosition(1, EventId(UUID(int=1))), limit=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedAdapter:
    """A sealed log; `record` adds a record and tells its id and body, `seal` makes a checkpoint over all of them."""

    log: SealedLog
    record: Callable[[], tuple[EventId, bytes]]
    seal: Callable[[], None]


@pytest.fixture(params=["in_memory_sealed", "postgresql_sealed"], ids=["in-memory", "PostgreSQL"])
def sealed(request: pytest.FixtureRequest) -> SealedAdapter:
    made = request.getfixturevalue(request.param)
    assert isinstance(made, SealedAdapter)
    return made


@pytest.fixture
def in_memory_sealed() -> SealedAdapter:
    log, numbers = InMemorySealedLog(FrozenClock()), iter(range(1, 100))

    def record() -> tuple[EventId, bytes]:
        event_id = EventId(UUID(int=next(numbers)))
        log.add(event_id, event_id.bytes)
        return event_id, event_id.bytes

    def seal() -> None:
        log.seal()

    return SealedAdapter(log=log, record=record, seal=seal)


@pytest.fixture
def postgresql_sealed(bank: SqlBank, tmp_path: Path) -> SealedAdapter:
    role = SealingRole.at(tmp_path / "sealer")

    def record() -> tuple[EventId, bytes]:
        bank.open_account()
        event_id, body = bank.scratch.row(
            "SELECT id, body FROM bankcore.audit_log WHERE tenant_id = %s ORDER BY id DESC LIMIT 1", bank.tenant_id
        )
        assert isinstance(event_id, UUID)
        assert isinstance(body, bytes)
        return EventId(event_id), body

    def seal() -> None:
        role.seal(bank.scratch, bank)

    return SealedAdapter(log=SqlSealedLog(OwnTransactions(bank.database, bank.tenant_id)), record=record, seal=seal)


def test_without_a_checkpoint_nothing_is_proved(sealed: SealedAdapter) -> None:
    event_id, _body = sealed.record()

    assert sealed.log.list_checkpoints(limit=1) == []
    for ask in (sealed.log.get_latest_checkpoint, lambda: sealed.log.prove_inclusion(event_id)):
        with pytest.raises(NotFoundError):
            ask()


def test_each_record_is_proved_to_be_in_the_log_once_it_is_sealed(sealed: SealedAdapter) -> None:
    records = []
    for _ in range(3):
        records += [sealed.record(), sealed.record()]
        sealed.seal()
    late, _body = sealed.record()

    for event_id, body in records:
        proof = sealed.log.prove_inclusion(event_id)
        state = proof.checkpoint
        assert proof.leaf_hash == leaf_hash(body)
        assert included_root(proof.leaf_hash, proof.leaf_index, state.size, proof.path) == state.root
    with pytest.raises(NotFoundError):
        sealed.log.prove_inclusion(late)


def test_checkpoints_are_listed_latest_first(sealed: SealedAdapter) -> None:
    for _ in range(3):
        sealed.record()
        sealed.seal()

    listed = sealed.log.list_checkpoints(limit=10)

    sizes = [state.size for state in listed]
    assert sizes == sorted(set(sizes), reverse=True)
    assert listed[0] == sealed.log.get_latest_checkpoint()
    assert sealed.log.list_checkpoints(before_size=listed[0].size, limit=1) == listed[1:2]
