"""Reads records as consumers get them: one event for each customer account; malformed records are kept apart."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple
from uuid import UUID

from bankcore.events.feed import EventEffect
from bankcore.identifiers import AccountId, TenantId
from bankcore.ledger.accounts import AccountKind
from bankcore_infra.audit.recording.positions import PlacedRecord
from bankcore_infra.audit.recording.record_bodies import Body, effects_of
from bankcore_infra.consumers import ConsumedEvent, Consumer
from bankcore_infra.db import arrays
from bankcore_infra.db.exchange import Sent, Statement
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.work.parked import finding_parked_accounts

_FIND_CUSTOMERS: Final = Statement("""
    SELECT id FROM bankcore.accounts WHERE tenant_id = $1::uuid AND id = ANY($2::uuid[]) AND kind = $3::text
""")
_FIND_RECORD: Final = Statement("""
    SELECT 0, id, action, outcome, '{}'::uuid[], CASE WHEN at > '0001-01-02' AND at < '9999-12-30' THEN at END, body
    FROM bankcore.audit_log WHERE tenant_id = $1::uuid AND id = $2::uuid
""")


# Several consumers read each record, mostly at the same time: so many parsed records are kept, unless they are longer.
_KEPT: Final = 1_024
_KEPT_BYTES_MAX: Final = 4_096


@dataclass(frozen=True, slots=True, kw_only=True)
class EventPage:
    """Some records as a consumer gets them: sorted events to consume, events that wait behind parked ones of their
    account, and malformed records.
    """

    events: Sequence[ConsumedEvent]
    behind: Sequence[ConsumedEvent]
    malformed: Sequence[UUID]


Opened = tuple[Body, Sequence[EventEffect]]


class Readable(NamedTuple):
    """A record that can be read, with its body and what it did to accounts."""

    record: PlacedRecord
    body: Body
    effects: Sequence[EventEffect]


def open_page(connection: TenantConnection, consumer: Consumer, records: Sequence[PlacedRecord]) -> EventPage:
    """The page of these records for that consumer."""
    wanted = [record for record in records if record.action in consumer.actions]
    readable, malformed = _read(connection, wanted)
    touched = [{effect.account_id: effect.sequence for effect in each.effects} for each in readable]
    accounts = {account_id for places in touched for account_id in places}
    customers, parked = _look_up(connection, consumer.name, accounts)
    events = [
        _event(connection, each, account_id, sequence)
        for each, places in zip(readable, touched, strict=True)
        for account_id, sequence in _places(places, customers)
    ]
    return EventPage(
        events=sorted((event for event in events if event.account_id not in parked), key=_place_of),
        behind=[event for event in events if event.account_id in parked],
        malformed=malformed,
    )


def find_event(
    connection: TenantConnection, event_id: UUID, account_id: AccountId | None, sequence: int | None
) -> ConsumedEvent | None:
    """The event of that account in the record; None if the record is malformed."""
    rows = connection.ask(_FIND_RECORD, connection.tenant_id, event_id)
    readable, _malformed = _read(connection, list(map(PlacedRecord._make, rows)))
    return _event(connection, readable[0], account_id, sequence) if readable else None


def _read(connection: TenantConnection, records: Sequence[PlacedRecord]) -> tuple[list[Readable], list[UUID]]:
    opened = [(record, _open(connection.tenant_id, record)) for record in records]
    readable = [Readable(record, *read) for record, read in opened if read is not None]
    return readable, [record.id for record, read in opened if read is None]


def _open(tenant_id: TenantId, record: PlacedRecord) -> Opened | None:
    """Body and effects, read-only; None if the record is malformed."""
    is_short = record.body is not None and len(record.body) <= _KEPT_BYTES_MAX
    return (_open_once if is_short else _open_anew)(tenant_id, record._replace(position=0, account_ids=()))


def _open_anew(tenant_id: TenantId, record: PlacedRecord) -> Opened | None:
    body = record.find_body(tenant_id)
    return None if body is None else (body, effects_of(body))


_open_once: Final = lru_cache(maxsize=_KEPT)(_open_anew)


def _look_up(
    connection: TenantConnection, consumer: str, accounts: AbstractSet[AccountId]
) -> tuple[AbstractSet[AccountId], AbstractSet[AccountId | None]]:
    """Which of the accounts are customers, and on which something is parked."""
    if not accounts:
        return frozenset(), frozenset()
    customers, parked = connection.ask_together(
        Sent(_FIND_CUSTOMERS, (connection.tenant_id, arrays.uuids(accounts), AccountKind.CUSTOMER)),
        finding_parked_accounts(connection.tenant_id, consumer, accounts),
    )
    return {row[0] for row in customers}, {row[0] for row in parked}


def _places(
    places: Mapping[AccountId, int], customers: AbstractSet[AccountId]
) -> Sequence[tuple[AccountId | None, int | None]]:
    """The customer accounts of an event, with its sequence on each; one place without an account if there are none.

    Settlement accounts are left out: nobody needs an order there, and all events would wait for each other.
    """
    return [place for place in places.items() if place[0] in customers] or [(None, None)]


def _event(
    connection: TenantConnection, readable: Readable, account_id: AccountId | None, sequence: int | None
) -> ConsumedEvent:
    record, body, effects = readable
    assert record.at is not None  # noqa: S101 - a record without a time is malformed
    return ConsumedEvent(
        id=record.id,
        tenant_id=connection.tenant_id,
        action=record.action,
        account_id=account_id,
        sequence=sequence,
        occurred_at=record.at,
        body=body,
        effects=effects,
    )


def _place_of(event: ConsumedEvent) -> tuple[int, int]:
    return event.account_id.int if event.account_id else 0, event.sequence or 0
