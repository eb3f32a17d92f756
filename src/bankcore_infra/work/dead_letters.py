"""Dead letters in PostgreSQL: listed by key, and put back into the queue they came from."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Row
from typing_extensions import override

from bankcore.idempotency.answers import Accepted
from bankcore.identifiers import AccountId, EventId
from bankcore.origin import Origin
from bankcore.work.dead_letters import DeadLetter, DeadLetters, DeliveryId
from bankcore.work.redrive import DeadLetterUnit, Redriven, redrive_once
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.db.transactions import Transactions
from bankcore_infra.identifiers import ID_FIRST
from bankcore_infra.sql_unit import SqlUnit
from bankcore_infra.units import SqlUnits, UnitParts
from bankcore_infra.work.records import RECORDS

_LIST: Final = """
    SELECT id, consumer, event_id, account_id, sequence, starts, last_error, created_at, due_at
    FROM bankcore.parked_events
    WHERE tenant_id = %s AND status = 'dead' AND id > %s AND (%s::text IS NULL OR consumer = %s)
    ORDER BY id LIMIT %s
"""
_REDRIVE: Final = """
    UPDATE bankcore.parked_events SET status = 'waiting', starts = 0, due_at = now()
    WHERE tenant_id = %s AND id = %s AND status = 'dead'
    RETURNING consumer, event_id
"""
# After the row itself: a worker that held the cursor until now has not seen the row, and would note another time.
_NOTE_DUE: Final = "UPDATE bankcore.cursors SET due_at = now() WHERE tenant_id = %s AND consumer = %s"


class SqlDeadLetterUnit(SqlUnit, DeadLetterUnit):
    """Dead letters of one tenant inside one transaction."""

    @override
    def redrive(self, delivery_id: DeliveryId) -> Redriven | None:
        sql, tenant_id = self._connection.sql, self._connection.tenant_id
        row = sql.exec_driver_sql(_REDRIVE, (tenant_id, delivery_id)).one_or_none()
        if row is None:
            return None
        sql.exec_driver_sql(_NOTE_DUE, (tenant_id, row.consumer))
        return Redriven(row.consumer, EventId(row.event_id))


class SqlDeadLetters(DeadLetters):
    """The dead letters of the tenant of these transactions."""

    def __init__(self, transactions: Transactions, parts: UnitParts) -> None:
        self._transactions = transactions
        self._units = SqlUnits(
            transactions, parts.signals, lambda connection: SqlDeadLetterUnit(connection, parts, RECORDS)
        )

    @override
    def list_dead(
        self, *, consumer: str | None = None, after: DeliveryId | None = None, limit: int
    ) -> Sequence[DeadLetter]:
        def find(connection: TenantConnection) -> Sequence[DeadLetter]:
            parameters = (connection.tenant_id, after or ID_FIRST, consumer, consumer, limit)
            return [_dead_letter(row) for row in connection.sql.exec_driver_sql(_LIST, parameters)]

        return self._transactions.rehearse(find)

    @override
    def redrive(
        self, delivery_id: DeliveryId, *, origin: Origin, idempotency_key: str | None = None
    ) -> Accepted[DeliveryId]:
        return redrive_once(self._units, delivery_id, origin=origin, idempotency_key=idempotency_key)


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
