"""One suite for the audit log in memory and on PostgreSQL."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import pytest

from bankcore.audit.queries import AuditedEvent, AuditFilter, AuditOutcome, AuditPosition, AuditQueries
from bankcore.errors import NotFoundError
from bankcore.identifiers import AccountId, EventId
from bankcore.origin import Origin
from bankcore.testing import FrozenClock, InMemoryAuditLog, SequentialIdentifiers
from bankcore_infra.audit.reading import queries as sql_queries
from bankcore_infra.audit.reading.queries import SqlAuditQueries
from bankcore_infra.audit.recording.context import AuditContexts
from bankcore_infra.audit.recording.records import AuditRecord, append_audit_records
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.db.transactions import OwnTransactions
from tests.worlds.sql_bank import SqlBank

AUDITOR: Final = Origin(actor_type="user", actor_id="auditor", request_id="req_reading", ip_address="203.0.113.9")
NOON: Final = datetime(2026, 1, 31, 12, tzinfo=UTC)
ACCOUNTS: Final = [AccountId(UUID(int=number)) for number in range(0xA0, 0xA8)]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditWorld:
    """An audit log on one adapter, and the way into it."""

    audit: AuditQueries
    add: Callable[[AuditedEvent], None]

    def ids(self, wanted: AuditFilter, *, before: AuditPosition | None = None, limit: int = 100) -> list[int]:
        """The numbers of the records that are listed."""
        found = self.audit.list_events(wanted, before=before, limit=limit, origin=AUDITOR)
        return [event.id.int for event in found if event.action != "audit.read"]


@pytest.fixture(params=["in_memory_log", "postgresql_log"])
def world(request: pytest.FixtureRequest) -> AuditWorld:
    made = request.getfixturevalue(request.param)
    assert isinstance(made, AuditWorld)
    return made


@pytest.fixture
def in_memory_log() -> AuditWorld:
    clock = FrozenClock()
    clock.advance(timedelta(days=1))
    log = InMemoryAuditLog(clock, SequentialIdentifiers())
    return AuditWorld(audit=log, add=log.add)


@pytest.fixture
def postgresql_log(bank: SqlBank) -> AuditWorld:
    transactions = OwnTransactions(bank.database, bank.tenant_id)

    def add(event: AuditedEvent) -> None:
        origin = Origin(
            actor_type=event.actor_type,
            actor_id=event.actor_id,
            request_id=event.request_id,
            ip_address=event.ip_address,
            user_agent=event.user_agent,
        )
        context, _hash = AuditContexts().of(origin, event.id)
        facts = (event.subject_id, event.account_ids, event.body, context)
        record = AuditRecord(event.id, event.at, event.action, event.outcome, origin, *facts)

        def append(connection: TenantConnection) -> None:
            append_audit_records(connection, [record])

        transactions.run(append)

    return AuditWorld(audit=SqlAuditQueries(transactions, bank.ids), add=add)


def event(number: int, **changes: object) -> AuditedEvent:
    """The record of that number, that many seconds after noon."""
    plain = AuditedEvent(
        id=EventId(UUID(int=number)),
        at=NOON + timedelta(seconds=number),
        action="transaction.posted",
        outcome=AuditOutcome.SUCCESS,
        actor_type="user",
        actor_id="sita",
        subject_id=None,
        account_ids=(),
        request_id=None,
        ip_address=None,
        user_agent=None,
        body=b"{}",
    )
    return replace(plain, **changes)  # type: ignore[arg-type] # names of its fields


@pytest.fixture
def ten(world: AuditWorld) -> AuditWorld:
    """Ten records, each different in some of what can be asked for."""
    different: list[dict[str, object]] = [
        {"account_ids": (ACCOUNTS[0],)},
        {"account_ids": (ACCOUNTS[0], ACCOUNTS[1]), "request_id": "req_1"},
        {"account_ids": (ACCOUNTS[1], ACCOUNTS[0]), "request_id": "req_1"},
        {"account_ids": tuple(ACCOUNTS[1:4])},
        {"account_ids": tuple(ACCOUNTS[:4]), "outcome": AuditOutcome.REJECTED, "action": "transfer.rejected"},
        {"account_ids": tuple(ACCOUNTS[1:8])},
        {"account_ids": tuple(ACCOUNTS), "outcome": AuditOutcome.FAILED, "action": "batch.failed"},
        {"actor_id": "ram", "outcome": AuditOutcome.DENIED, "action": "access.hidden"},
        {"actor_id": "ram", "action": "user.logged_in"},
        {"actor_id": "ram", "account_ids": (ACCOUNTS[0],)},
    ]
    for number, changes in enumerate(different):
        world.add(event(number, **changes))
    return world


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (AuditFilter(), [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]),
        (AuditFilter(account_id=ACCOUNTS[0]), [9, 6, 4, 2, 1, 0]),
        (AuditFilter(account_id=ACCOUNTS[3]), [6, 5, 4, 3]),
        (AuditFilter(account_id=ACCOUNTS[7]), [6, 5]),
        (AuditFilter(actor_id="ram"), [9, 8, 7]),
        (AuditFilter(actor_id="ra"), []),
        (AuditFilter(action="transaction.posted"), [9, 5, 3, 2, 1, 0]),
        (AuditFilter(action="access.hidden"), [7]),
        (AuditFilter(outcome=AuditOutcome.SUCCESS), [9, 8, 5, 3, 2, 1, 0]),
        (AuditFilter(outcome=AuditOutcome.REJECTED), [4]),
        (AuditFilter(outcome=AuditOutcome.FAILED), [6]),
        (AuditFilter(request_id="req_1"), [2, 1]),
        (AuditFilter(from_instant=NOON + timedelta(seconds=3), to_instant=NOON + timedelta(seconds=6)), [5, 4, 3]),
        (AuditFilter(account_id=ACCOUNTS[0], actor_id="sita", outcome=AuditOutcome.SUCCESS), [2, 1, 0]),
        (AuditFilter(account_id=ACCOUNTS[0], action="transaction.posted", request_id="req_1"), [2, 1]),
        (AuditFilter(account_id=ACCOUNTS[0], from_instant=NOON + timedelta(seconds=2)), [9, 6, 4, 2]),
    ],
)
def test_a_filter_finds_exactly_what_has_all_of_its_facts(
    ten: AuditWorld, wanted: AuditFilter, expected: list[int]
) -> None:
    assert ten.ids(wanted) == expected


@pytest.mark.parametrize("account_id", [None, ACCOUNTS[0]])
def test_pages_follow_one_another_without_gap_or_repeat(world: AuditWorld, account_id: AccountId | None) -> None:
    for number in range(1, 8):
        world.add(event(number, at=NOON + timedelta(seconds=number // 3), account_ids=(ACCOUNTS[0],)))
    found: list[int] = []
    before = AuditPosition(NOON + timedelta(seconds=60), EventId(UUID(int=0)))

    while page := world.audit.list_events(AuditFilter(account_id=account_id), before=before, limit=2, origin=AUDITOR):
        found += [one.id.int for one in page]
        before = AuditPosition(page[-1].at, page[-1].id)

    assert found == [7, 6, 5, 4, 3, 2, 1]


def test_a_record_is_shown_as_it_was_made(world: AuditWorld) -> None:
    whole = event(
        1,
        subject_id=UUID(int=2),
        account_ids=(ACCOUNTS[0], ACCOUNTS[1]),
        request_id="req_1",
        ip_address="203.0.113.7",
        user_agent='curl "8"',
        body='{"name":"Sītā"}'.encode(),
    )
    world.add(whole)

    assert world.audit.get_event(whole.id, origin=AUDITOR) == whole
    assert whole in world.audit.list_events(AuditFilter(), limit=9, origin=AUDITOR)
    with pytest.raises(NotFoundError):
        world.audit.get_event(EventId(UUID(int=99)), origin=AUDITOR)


def test_every_reading_leaves_one_record_of_who_read(ten: AuditWorld) -> None:
    ten.audit.list_events(AuditFilter(account_id=ACCOUNTS[0]), limit=100, origin=AUDITOR)
    ten.audit.get_event(EventId(UUID(int=1)), origin=AUDITOR)
    list(ten.audit.export_events(origin=AUDITOR))

    left = ten.audit.list_events(AuditFilter(action="audit.read"), limit=100, origin=AUDITOR)
    assert len(left) == 3
    assert {(one.actor_id, one.request_id, one.ip_address, one.outcome) for one in left} == {
        ("auditor", "req_reading", "203.0.113.9", AuditOutcome.SUCCESS)
    }


def test_an_export_has_every_record_of_the_period_oldest_first(
    ten: AuditWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sql_queries, "WINDOW", 3)

    def exported(start: int | None, end: int | None) -> list[int]:
        bounds = [None if second is None else NOON + timedelta(seconds=second) for second in (start, end)]
        found = ten.audit.export_events(from_instant=bounds[0], to_instant=bounds[1], origin=AUDITOR)
        return [one.id.int for one in found if one.action != "audit.read"]

    assert exported(None, None) == list(range(10))
    assert exported(2, 8) == [2, 3, 4, 5, 6, 7]
    assert exported(9, 9) == []
