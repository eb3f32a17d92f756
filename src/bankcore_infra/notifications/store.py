"""Deliveries and preferences in PostgreSQL."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row
from typing_extensions import override

from bankcore.identifiers import EventId, UserId
from bankcore.notifications.channels import ChannelName
from bankcore.notifications.deliveries import (
    UNFINISHED,
    AttemptResult,
    Dead,
    Delivered,
    Delivery,
    DeliveryStatus,
    Failed,
    NewDelivery,
    Skipped,
)
from bankcore.notifications.ports import NotificationStore
from bankcore.notifications.preferences import Preferences
from bankcore.notifications.templates import TemplateName
from bankcore_infra.db import arrays
from bankcore_infra.db.exchange import Statement
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.db.transactions import Transactions
from bankcore_infra.identifiers import ID_LAST
from bankcore_infra.notifications.locks import lock_due_notification
from bankcore_infra.notifications.records import RECORDS
from bankcore_infra.sql_unit import SqlUnit
from bankcore_infra.units import SqlUnits, UnitParts

_TEMPLATES: Final = frozenset(TemplateName)
_FIND_PREFERENCES: Final = Statement("""
    SELECT user_id, template, channels FROM bankcore.notification_preferences
    WHERE tenant_id = $1::uuid AND user_id = ANY($2::uuid[])
""")
# Sorted by their key, so that two transactions that add the same deliveries wait for each other, and never in a circle.
_RECORD: Final = Statement("""
    WITH new AS (
        INSERT INTO bankcore.notifications
            (tenant_id, id, event_id, user_id, created_at, next_at, channel, template, status, last_error)
        SELECT $1::uuid, id, event_id, user_id, now(), CASE WHEN obstacle IS NULL THEN now() END, channel, template,
               CASE WHEN obstacle IS NULL THEN 'pending' ELSE 'skipped' END, obstacle
        FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[])
            AS new (id, event_id, user_id, channel, template, obstacle)
        ORDER BY id
        ON CONFLICT ON CONSTRAINT notifications_pkey DO NOTHING RETURNING 1)
    SELECT count(*) FROM new
""")
_REPLACE_PREFERENCES: Final = """
    INSERT INTO bankcore.notification_preferences (tenant_id, user_id, template, channels)
    SELECT %s, %s, template, ARRAY(SELECT jsonb_array_elements_text(channels))
    FROM jsonb_each(%s::jsonb) AS chosen (template, channels)
    ON CONFLICT ON CONSTRAINT notification_preferences_pkey DO UPDATE SET channels = excluded.channels
"""
_DELIVERIES: Final = """
    SELECT id, event_id, user_id, channel, template, status, attempt, next_at, ended_at, last_error, created_at
    FROM bankcore.notifications WHERE tenant_id = %s
"""
_GET: Final = f"{_DELIVERIES} AND id = %s"
_GET_FINAL: Final = f"{_GET} AND status IN ('dead', 'skipped')"
_LIST_OF_USER: Final = f"{_DELIVERIES} AND user_id = %s AND id < %s ORDER BY id DESC LIMIT %s"
# Each status stands in the text: a plan that is made for any parameter cannot use an index of some of them alone.
_LIST_BY_STATUS: Final = {
    status: f"{_DELIVERIES} AND status = '{status}' ORDER BY id DESC LIMIT %s" for status in DeliveryStatus
}
_TAKE: Final = """
    UPDATE bankcore.notifications SET attempt = %s, next_at = %s, last_error = %s WHERE tenant_id = %s AND id = %s
"""
_SETTLE: Final = """
    UPDATE bankcore.notifications SET status = %s, next_at = %s, ended_at = %s, last_error = %s
    WHERE tenant_id = %s AND id = %s AND attempt = %s AND next_at IS NOT NULL
"""
_REVIVE: Final = """
    UPDATE bankcore.notifications SET status = 'pending', next_at = %s, ended_at = NULL, last_error = NULL
    WHERE tenant_id = %s AND id = %s AND status IN ('dead', 'skipped')
"""


class SqlNotificationStore(SqlUnit, NotificationStore):
    """Deliveries and preferences of one tenant inside one transaction."""

    def __init__(self, connection: TenantConnection, parts: UnitParts) -> None:
        super().__init__(connection, parts, RECORDS)

    @override
    def find_preferences(self, user_ids: AbstractSet[UserId]) -> Mapping[UserId, Preferences]:
        chosen: dict[UserId, dict[TemplateName, frozenset[ChannelName]]] = defaultdict(dict)
        rows = self._connection.ask(_FIND_PREFERENCES, self._connection.tenant_id, arrays.uuids(user_ids))
        for user_id, template, channels in rows:
            # Choices for what users are told of no more stay where they are.
            if template in _TEMPLATES:
                chosen[user_id][TemplateName(template)] = frozenset(map(ChannelName, channels))
        # Nearly all users have chosen nothing.
        preferences = dict.fromkeys(user_ids, Preferences.of({}))
        return preferences | {user_id: Preferences.of(choices) for user_id, choices in chosen.items()}

    @override
    def replace_preferences(self, user_id: UserId, preferences: Preferences) -> None:
        chosen = json.dumps({template: sorted(channels) for template, channels in preferences.channels.items()})
        self._connection.sql.exec_driver_sql(_REPLACE_PREFERENCES, (self._connection.tenant_id, user_id, chosen))

    @override
    def record(self, deliveries: Sequence[NewDelivery]) -> int:
        if not deliveries:
            return 0
        told = [delivery.notification for delivery in deliveries]
        ((recorded,),) = self._connection.ask(
            _RECORD,
            self._connection.tenant_id,
            arrays.uuids([delivery.id for delivery in deliveries]),
            arrays.uuids([notification.event_id for notification in told]),
            arrays.uuids([notification.user_id for notification in told]),
            arrays.texts([delivery.channel for delivery in deliveries]),
            arrays.texts([notification.template for notification in told]),
            arrays.texts([delivery.skipped_because for delivery in deliveries]),
        )
        return int(recorded)

    @override
    def take_due(self, lease: timedelta) -> Delivery | None:
        sql, tenant_id = self._connection.sql, self._connection.tenant_id
        found = lock_due_notification(sql, tenant_id, self.opened_at)
        if found is None:
            return None
        # The row is locked, so what the first statement reads is what the second one changes.
        row = sql.exec_driver_sql(_GET, (tenant_id, found)).one()
        sql.exec_driver_sql(_TAKE, (row.attempt + 1, self.opened_at + lease, UNFINISHED, tenant_id, found))
        return _delivery_of(row, attempt=row.attempt + 1)

    @override
    def settle(self, delivery: Delivery, result: AttemptResult) -> bool:
        attempted = (self._connection.tenant_id, delivery.id, delivery.attempt)
        return self._connection.sql.exec_driver_sql(_SETTLE, (*self._settled(result), *attempted)).rowcount == 1

    @override
    def revive(self, delivery_id: UUID) -> Delivery | None:
        sql, tenant_id = self._connection.sql, self._connection.tenant_id
        row = sql.exec_driver_sql(_GET_FINAL, (tenant_id, delivery_id)).one_or_none()
        if row is None:
            return None
        # If two operators revive it at once, the second finds it pending.
        revived = sql.exec_driver_sql(_REVIVE, (self.opened_at, tenant_id, delivery_id))
        return _delivery_of(row) if revived.rowcount == 1 else None

    @override
    def list_of_user(self, user_id: UserId, *, before: UUID | None, limit: int) -> Sequence[Delivery]:
        return self._list(_LIST_OF_USER, user_id, before or ID_LAST, limit)

    @override
    def list_by_status(self, status: DeliveryStatus, *, limit: int) -> Sequence[Delivery]:
        return self._list(_LIST_BY_STATUS[status], limit)

    def _settled(self, result: AttemptResult) -> tuple[DeliveryStatus, datetime | None, datetime | None, str | None]:
        """The status, when it is tried next, when it ended, and the last error."""
        match result:
            case Delivered():
                return DeliveryStatus.SENT, None, self.opened_at, None
            case Failed(after, problem):
                return DeliveryStatus.FAILED, self.opened_at + after, None, problem
            case Dead(problem):
                return DeliveryStatus.DEAD, None, self.opened_at, problem
            case Skipped(problem):
                return DeliveryStatus.SKIPPED, None, self.opened_at, problem

    def _list(self, statement: str, *parameters: UUID | str | int) -> Sequence[Delivery]:
        rows = self._connection.sql.exec_driver_sql(statement, (self._connection.tenant_id, *parameters))
        return [_delivery_of(row) for row in rows]


class SqlNotificationUnits(SqlUnits[SqlNotificationStore]):
    """Units of work on notifications, in transactions of one tenant."""

    def __init__(self, transactions: Transactions, parts: UnitParts) -> None:
        super().__init__(transactions, parts.signals, lambda connection: SqlNotificationStore(connection, parts))


def _delivery_of(row: Row[*tuple[Any, ...]], *, attempt: int | None = None) -> Delivery:
    return Delivery(
        id=row.id,
        event_id=EventId(row.event_id),
        user_id=UserId(row.user_id),
        channel=ChannelName(row.channel),
        template=TemplateName(row.template),
        status=DeliveryStatus(row.status),
        attempt=row.attempt if attempt is None else attempt,
        next_at=row.next_at,
        last_error=row.last_error,
        sent_at=row.ended_at if row.status == DeliveryStatus.SENT else None,
        created_at=row.created_at,
    )
