"""The unit of work of any capability on PostgreSQL: its time, its keys, its records, and the ledger inside it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cached_property

from typing_extensions import override

from bankcore.events.stamps import Event, Stamp
from bankcore.idempotency.keys import Claim, IdempotencyKey, KeyRecord
from bankcore.idempotency.ports import UnitOfWork
from bankcore.identifiers import EventId
from bankcore.ledger.enclosed_units import EnclosedUnits
from bankcore.ledger.events import LedgerEvent
from bankcore.ledger.service import LedgerService
from bankcore.origin import Origin
from bankcore_infra.audit.recording.context import AuditContexts
from bankcore_infra.audit.recording.records import Records, append_audit_records
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.idempotency.keys import claim_keys, store_outcomes
from bankcore_infra.ledger.ahead import Ahead
from bankcore_infra.ledger.unit import SqlLedgerUnit
from bankcore_infra.units import UnitParts


class SqlUnit(UnitOfWork):
    """What every unit of work has, in one transaction; a capability adds what it stores and how it records events."""

    def __init__(self, connection: TenantConnection, parts: UnitParts, records: Records) -> None:
        self._connection = connection
        self._parts = parts
        self._records = records
        self._ahead: Ahead | None = None
        self.published: list[LedgerEvent] = []

    @property
    @override
    def opened_at(self) -> datetime:
        return self._connection.opened_at

    @property
    @override
    def key_lifetime(self) -> timedelta:
        return self._parts.key_lifetime

    @cached_property
    def ledger(self) -> LedgerService:
        """The tenant's ledger: what it records is committed with the rest."""
        parts = self._parts
        return LedgerService(
            self._connection.tenant_id, EnclosedUnits(self._begin_ledger), parts.ids, key_lifetime=parts.key_lifetime
        )

    @override
    def claim_keys(self, keys: Sequence[IdempotencyKey]) -> Mapping[IdempotencyKey, Claim]:
        return claim_keys(self._connection, keys)

    @override
    def store_outcomes(self, records: Iterable[KeyRecord]) -> None:
        store_outcomes(self._connection, list(records))

    @override
    def new_stamp(self, origin: Origin) -> Stamp:
        return Stamp(EventId(self._parts.ids.new_id()), self._connection.tenant_id, self.opened_at, origin)

    @override
    def publish(self, events: Iterable[Event]) -> None:
        contexts = AuditContexts()
        append_audit_records(self._connection, [self._records[type(event)](event, contexts) for event in events])

    def _begin_ledger(self) -> SqlLedgerUnit:
        """One for each batch, since it knows which accounts its batch has locked; all of them publish to this list."""
        # Ahead of the first batch; for the next one it would be old.
        ahead, self._ahead = self._ahead, None
        return SqlLedgerUnit(self._connection, self._parts.signals, self.published, ahead)
