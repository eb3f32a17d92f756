"""Fans the audit log out: each committed event becomes a delivery to every consumer that wants it."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from bankcore.identifiers import AccountId, IdentifierSource
from bankcore.ledger.accounts import AccountKind
from bankcore_infra.audit.commit_pages import BEGINNING, CommitPosition, CommittedPage, CommittedRecord, read_committed
from bankcore_infra.db import arrays
from bankcore_infra.db.locking import lock_subscriptions
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.work.consumers import Consumer
from bankcore_infra.work.deliveries import NewDelivery, add_deliveries, release_firsts

_POSTED: Final = "transaction.posted"
_OPENED: Final = "account.opened"
_FIND: Final = "SELECT consumer, xid::text::bigint, event_id FROM bankcore.subscriptions WHERE tenant_id = %s"
_SUBSCRIBE: Final = """
    INSERT INTO bankcore.subscriptions (tenant_id, consumer, xid, event_id, read_below)
    SELECT %s, consumer, %s::text::xid8, %s, '0' FROM unnest(%s::text[]) AS new (consumer)
    ON CONFLICT DO NOTHING
"""
_MOVE: Final = """
    UPDATE bankcore.subscriptions SET xid = %s::text::xid8, event_id = %s, read_below = %s::text::xid8
    WHERE tenant_id = %s AND consumer = ANY(%s::text[])
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
        """Owe the next events of the connection's tenant; whether there were any.

        Raises:
            CommitOrderLostError: the database was restored, and nobody has said yet where to go on.
        """
        found_any = False
        for position, names in self._positions(connection).items():
            page = read_committed(connection, position, limit=self._page)
            if page.records:
                found_any = True
                self._owe(connection, position, names, page)
            for name in names:
                # Also with nothing new: what waited for others to end their transactions may go now.
                release_firsts(connection, name, read_below=page.read_below)
        return found_any

    def _positions(self, connection: TenantConnection) -> Mapping[CommitPosition, list[str]]:
        """The consumers by how far they have come; a new one starts with the first event there ever was."""
        found = self._find(connection)
        if missing := self._consumers.keys() - found.keys():
            connection.sql.exec_driver_sql(
                _SUBSCRIBE, (connection.tenant_id, str(BEGINNING.xid), BEGINNING.id, arrays.texts(sorted(missing)))
            )
            found = self._find(connection)
        positions: dict[CommitPosition, list[str]] = defaultdict(list)
        for name in self._consumers:
            positions[found[name]].append(name)
        return positions

    def _find(self, connection: TenantConnection) -> dict[str, CommitPosition]:
        rows = connection.sql.exec_driver_sql(_FIND, (connection.tenant_id,))
        return {name: CommitPosition(xid, event_id) for name, xid, event_id in rows}

    def _owe(
        self, connection: TenantConnection, position: CommitPosition, names: Sequence[str], page: CommittedPage
    ) -> None:
        """Store the deliveries of the page, for those consumers that nobody else moves at this moment."""
        held = lock_subscriptions(connection.sql, connection.tenant_id, names)
        mine = [name for name in names if held.get(name) == position]
        if not mine:
            return
        wanted = [(name, record) for name in mine for record in page.records if self._wants(name, record)]
        places = _places_of(connection, [record for _name, record in wanted])
        new = [
            NewDelivery(self._ids.new_id(), name, record.position.id, account_id, sequence)
            for name, record in wanted
            for account_id, sequence in places[record.position.id]
        ]
        if new:
            add_deliveries(connection, new, after_xid=page.ends_below)
        last = page.records[-1].position
        connection.sql.exec_driver_sql(
            _MOVE, (str(last.xid), last.id, str(page.read_below), connection.tenant_id, arrays.texts(mine))
        )

    def _wants(self, name: str, record: CommittedRecord) -> bool:
        return record.action in self._consumers[name].actions


_Places = list[tuple[AccountId | None, int | None]]


def _places_of(connection: TenantConnection, records: Sequence[CommittedRecord]) -> dict[UUID, _Places]:
    """Where each event stands: on which customer accounts, and at which place of each; nowhere if on none.

    Our own side of the books is left out: nobody needs an order there, and everything would wait in a single file.
    """
    bodies = {record.position.id: (record.action, json.loads(record.body)) for record in records}
    touched = {event_id: _last_sequences(action, body) for event_id, (action, body) in bodies.items()}
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
