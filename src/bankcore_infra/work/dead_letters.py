"""Dead letters in PostgreSQL: listed by key, and put back into the queue they came from."""

from collections.abc import Sequence
from datetime import timedelta
from hashlib import sha256
from typing import Any, Final, TypeVar

from sqlalchemy import Row, select
from typing_extensions import override

from bankcore.actions import Subject
from bankcore.errors import NotFoundError
from bankcore.events.stamps import Stamp
from bankcore.idempotency.keys import IdempotencyKey, KeyRecord
from bankcore.identifiers import AccountId, EventId, IdentifierSource
from bankcore.origin import Origin
from bankcore.work.actions import DELIVERY_REDRIVEN
from bankcore.work.dead_letters import DeadLetter, DeadLetters, DeliveryId
from bankcore_infra.audit.recording.context import AuditContexts
from bankcore_infra.audit.recording.records import Deed, append_audit_records, make_record
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.db.transactions import Transactions
from bankcore_infra.db.work_tables import PARKED_EVENTS
from bankcore_infra.idempotency.answers import take_answer
from bankcore_infra.idempotency.keys import store_outcomes

T = TypeVar("T")

_REDRIVE: Final = """
    UPDATE bankcore.parked_events SET status = 'waiting', starts = 0, due_at = now()
    WHERE tenant_id = %s AND id = %s AND status = 'dead'
    RETURNING consumer, event_id
"""
# After the row itself: whoever holds the cursor meanwhile has not seen it, and would note another time.
_NOTE_DUE: Final = "UPDATE bankcore.cursors SET due_at = now() WHERE tenant_id = %s AND consumer = %s"


class SqlDeadLetters(DeadLetters):
    """The dead letters of the tenant of these transactions."""

    def __init__(self, transactions: Transactions, ids: IdentifierSource, *, key_lifetime: timedelta) -> None:
        """Answers are remembered with their keys for that long."""
        self._transactions = transactions
        self._ids = ids
        self._key_lifetime = key_lifetime

    @override
    def list_dead(
        self, *, consumer: str | None = None, after: DeliveryId | None = None, limit: int
    ) -> Sequence[DeadLetter]:
        def find(connection: TenantConnection) -> Sequence[DeadLetter]:
            statement = select(PARKED_EVENTS).where(
                PARKED_EVENTS.c.tenant_id == connection.tenant_id, PARKED_EVENTS.c.status == "dead"
            )
            if consumer is not None:
                statement = statement.where(PARKED_EVENTS.c.consumer == consumer)
            if after is not None:
                statement = statement.where(PARKED_EVENTS.c.id > after)
            return [
                _dead_letter(row) for row in connection.sql.execute(statement.order_by(PARKED_EVENTS.c.id).limit(limit))
            ]

        return self._transactions.rehearse(find)

    @override
    def redrive(self, delivery_id: DeliveryId, *, origin: Origin, idempotency_key: str | None = None) -> bool:
        key = None if idempotency_key is None else IdempotencyKey(origin.key_scope, idempotency_key)
        return self._transactions.run(
            lambda connection: self._redrive(connection, delivery_id, origin, key), resubmittable=key is not None
        )

    def _redrive(
        self, connection: TenantConnection, delivery_id: DeliveryId, origin: Origin, key: IdempotencyKey | None
    ) -> bool:
        fingerprint = sha256(b"delivery.redrive\0" + delivery_id.bytes).digest()
        if key is not None and take_answer(connection, key, fingerprint) is not None:
            return True
        row = connection.sql.exec_driver_sql(_REDRIVE, (connection.tenant_id, delivery_id)).one_or_none()
        if row is None:
            raise NotFoundError(resource="dead letter", identifier=str(delivery_id))
        connection.sql.exec_driver_sql(_NOTE_DUE, (connection.tenant_id, row[0]))
        self._record(connection, delivery_id, origin, consumer=row[0], event_id=str(row[1]))
        if key is not None:
            expires_at = connection.opened_at + self._key_lifetime
            store_outcomes(connection, [KeyRecord(key, fingerprint, delivery_id.bytes, expires_at)])
        return False

    def _record(
        self, connection: TenantConnection, delivery_id: DeliveryId, origin: Origin, *, consumer: str, event_id: str
    ) -> None:
        stamp = Stamp(EventId(self._ids.new_id()), connection.tenant_id, connection.opened_at, origin)
        facts = {"delivery": {"consumer": consumer, "event": event_id}}
        deed = Deed(DELIVERY_REDRIVEN, subject=Subject("delivery", delivery_id))
        record = make_record(stamp, deed, facts, AuditContexts())
        append_audit_records(connection, [record])


def _dead_letter(row: Row[Any]) -> DeadLetter:
    return DeadLetter(
        id=DeliveryId(row.id),
        consumer=row.consumer,
        event_id=EventId(row.event_id),
        account_id=None if row.account_id is None else AccountId(row.account_id),
        sequence=row.sequence,
        tries=row.starts,
        last_error=row.last_error,
        created_at=row.created_at,
        last_tried_at=row.due_at,
    )
