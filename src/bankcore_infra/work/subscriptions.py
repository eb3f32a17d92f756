"""Fans the audit log out: each record becomes a delivery to every consumer that wants it, in the order of positions."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from loguru import logger

from bankcore.identifiers import AccountId, IdentifierSource
from bankcore.ledger.accounts import AccountKind
from bankcore_infra.audit.positions import PlacedRecord, read_placed
from bankcore_infra.audit.record_bodies import find_body
from bankcore_infra.db import arrays
from bankcore_infra.db.locking import lock_subscriptions
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.work.consumers import Consumer
from bankcore_infra.work.deliveries import NewDelivery, add_dead, add_deliveries, release_firsts

_POSTED: Final = "transaction.posted"
_OPENED: Final = "account.opened"
_MALFORMED: Final = "the record is malformed"
_FIND: Final = "SELECT consumer, position FROM bankcore.subscriptions WHERE tenant_id = %s"
# What the columns were for that `position` replaces is gone; who wrote them may still be at work, and reads them.
_SUBSCRIBE: Final = """
    INSERT INTO bankcore.subscriptions (tenant_id, consumer, position, xid, event_id, read_below)
    SELECT %s, consumer, 0, '0', %s, '0' FROM unnest(%s::text[]) AS new (consumer)
    ON CONFLICT DO NOTHING
"""
_MOVE: Final = "UPDATE bankcore.subscriptions SET position = %s WHERE tenant_id = %s AND consumer = ANY(%s::text[])"
# Who has come as far as a transaction number has come to the first record that is later than it, and not beyond the
# record that was the last; what is met again is in the inbox.
_TAKE_UP: Final = """
    UPDATE bankcore.subscriptions AS old SET position = least(
        (SELECT size FROM bankcore.log_states AS state WHERE state.tenant_id = old.tenant_id),
        (SELECT leaf.idx + 1 FROM bankcore.log_leaves AS leaf
         WHERE leaf.tenant_id = old.tenant_id AND leaf.audit_id = old.event_id),
        (SELECT min(leaf.idx) FROM bankcore.audit_log AS log
         JOIN bankcore.log_leaves AS leaf ON leaf.tenant_id = log.tenant_id AND leaf.audit_id = log.id
         WHERE log.tenant_id = old.tenant_id AND (log.xid, log.id) > (old.xid, old.event_id)))
    WHERE old.tenant_id = %s AND old.position IS NULL
"""
_CUSTOMERS: Final = """
    SELECT id FROM bankcore.accounts WHERE tenant_id = %s AND id = ANY(%s::uuid[]) AND kind = %s
"""


class FanOut:
    """Turns what was committed since the last time into deliveries, for every consumer at its own position."""

    def __init__(self, consumers: Sequence[Consumer], ids: IdentifierSource, *, page: int) -> None:
        """For these consumers, at most `page` events at once."""
        self._consumers = {consumer.name: consumer for consumer in consumers}
        self._ids = ids
        self._page = page

    def run(self, connection: TenantConnection) -> bool:
        """Owe the next events of the connection's tenant; whether there were any."""
        found_any = False
        for position, names in self._positions(connection).items():
            records = read_placed(connection, position, limit=self._page)
            if records:
                found_any = True
                self._owe(connection, position, names, records)
            for name in names:
                release_firsts(connection, name)
        return found_any

    def _positions(self, connection: TenantConnection) -> Mapping[int, list[str]]:
        """The consumers by how far they have come; a new one starts with the first event there ever was."""
        found = self._find(connection)
        if missing := self._consumers.keys() - found.keys():
            connection.sql.exec_driver_sql(
                _SUBSCRIBE, (connection.tenant_id, UUID(int=0), arrays.texts(sorted(missing)))
            )
            found = self._find(connection)
        if None in found.values():
            connection.sql.exec_driver_sql(_TAKE_UP, (connection.tenant_id,))
            found = self._find(connection)
        positions: dict[int, list[str]] = defaultdict(list)
        for name in self._consumers:
            positions[found[name] or 0].append(name)
        return positions

    def _find(self, connection: TenantConnection) -> dict[str, int | None]:
        rows = connection.sql.exec_driver_sql(_FIND, (connection.tenant_id,))
        return {name: position for name, position in rows}  # noqa: C416 - rows are no pairs to mypy

    def _owe(
        self, connection: TenantConnection, position: int, names: Sequence[str], records: Sequence[PlacedRecord]
    ) -> None:
        """Store the deliveries of the page, for those consumers that nobody else moves at this moment."""
        held = lock_subscriptions(connection.sql, connection.tenant_id, names)
        mine = [name for name in names if held.get(name) == position]
        if not mine:
            return
        wanted = [(name, record) for name in mine for record in records if self._wants(name, record)]
        places = _places_of(connection, [record for _name, record in wanted])
        sound = [
            NewDelivery(self._ids.new_id(), name, record.id, account_id, sequence)
            for name, record in wanted
            for account_id, sequence in places.get(record.id, ())
        ]
        malformed = [
            NewDelivery(self._ids.new_id(), name, record.id, None, None)
            for name, record in wanted
            if record.id not in places
        ]
        if sound:
            add_deliveries(connection, sound)
        if malformed:
            add_dead(connection, malformed, reason=_MALFORMED)
            for letter in malformed:
                logger.bind(
                    tenant=str(connection.tenant_id), consumer=letter.consumer, record=str(letter.event_id)
                ).error("a malformed record is a dead letter")
        connection.sql.exec_driver_sql(_MOVE, (records[-1].position + 1, connection.tenant_id, arrays.texts(mine)))

    def _wants(self, name: str, record: PlacedRecord) -> bool:
        return record.action in self._consumers[name].actions


_Places = list[tuple[AccountId | None, int | None]]


def _places_of(connection: TenantConnection, records: Sequence[PlacedRecord]) -> dict[UUID, _Places]:
    """Where each event stands: on which customer accounts, and at which place of each; nowhere if on none.

    Our own side of the books is left out: nobody needs an order there, and everything would wait in a single file.
    A malformed record is left out too.
    """
    bodies = {record.id: (record.action, find_body(connection.tenant_id, record)) for record in records}
    touched = {
        event_id: _last_sequences(action, body) for event_id, (action, body) in bodies.items() if body is not None
    }
    customers = _customers_among(connection, {account_id for places in touched.values() for account_id in places})
    return {
        event_id: [place for place in sorted(places.items()) if place[0] in customers] or [(None, None)]
        for event_id, places in touched.items()
    }


def _last_sequences(action: str, body: Mapping[str, Any]) -> dict[AccountId, int]:
    """The accounts of an event, with the last sequence it gave each."""
    last: dict[AccountId, int] = {}
    for account_id, sequence in _sequences(action, body):
        last[account_id] = max(sequence, last.get(account_id, 0))
    return last


def _sequences(action: str, body: Mapping[str, Any]) -> Iterator[tuple[AccountId, int]]:
    """Each account of an event with a sequence it got; an account opens at 0."""
    if action == _POSTED:
        for entry in body["transaction"]["entries"]:
            yield AccountId(UUID(entry["account"])), entry["sequence"]
    elif action == _OPENED:
        yield AccountId(UUID(body["account"]["id"])), 0


def _customers_among(connection: TenantConnection, account_ids: set[AccountId]) -> set[AccountId]:
    if not account_ids:
        return set()
    rows = connection.sql.exec_driver_sql(
        _CUSTOMERS, (connection.tenant_id, arrays.uuids(sorted(account_ids)), AccountKind.CUSTOMER)
    )
    return {AccountId(account_id) for (account_id,) in rows}
