"""Deliveries and preferences in PostgreSQL."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, Select, literal, select, update
from sqlalchemy.dialects.postgresql import insert
from typing_extensions import override

from bankcore.identifiers import EventId, UserId
from bankcore.notifications.channels import ChannelName
from bankcore.notifications.deliveries import (
    UNFINISHED,
    AttemptResult,
    Dead,
    Delivery,
    DeliveryStatus,
    Failed,
    NewDelivery,
    Sent,
    Skipped,
)
from bankcore.notifications.ports import NotificationStore
from bankcore.notifications.preferences import Preferences
from bankcore.notifications.templates import TemplateName
from bankcore_infra.db import arrays
from bankcore_infra.db.exchange import Statement
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.db.transactions import Transactions
from bankcore_infra.db.work_tables import NOTIFICATION_PREFERENCES, NOTIFICATIONS
from bankcore_infra.notifications.locks import lock_due_notification
from bankcore_infra.notifications.records import RECORDS
from bankcore_infra.sql_unit import SqlUnit
from bankcore_infra.units import SqlUnits, UnitParts

_FIND_PREFERENCES: Final = Statement("""
    SELECT user_id, template, channels FROM bankcore.notification_preferences
    WHERE tenant_id = $1::uuid AND user_id = ANY($2::uuid[])
""")
# Sorted by their key: two who tell the same users of the same events wait for each other and never in a circle.
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
_IS_FINAL: Final = (DeliveryStatus.DEAD, DeliveryStatus.SKIPPED)


class SqlNotificationStore(SqlUnit, NotificationStore):
    """Deliveries and preferences of one tenant inside one transaction."""

    def __init__(self, connection: TenantConnection, parts: UnitParts) -> None:
        super().__init__(connection, parts, RECORDS)

    @override
    def find_preferences(self, user_ids: AbstractSet[UserId]) -> Mapping[UserId, Preferences]:
        chosen: dict[UserId, dict[TemplateName, frozenset[ChannelName]]] = defaultdict(dict)
        rows = self._connection.ask(_FIND_PREFERENCES, self._connection.tenant_id, arrays.uuids(user_ids))
        for user_id, template, channels in rows:
            chosen[user_id][TemplateName(template)] = frozenset(map(ChannelName, channels))
        # Nearly everybody has chosen nothing.
        preferences = dict.fromkeys(user_ids, Preferences.of({}))
        return preferences | {user_id: Preferences.of(choices) for user_id, choices in chosen.items()}

    @override
    def replace_preferences(self, user_id: UserId, preferences: Preferences) -> None:
        rows = [
            {
                "tenant_id": self._connection.tenant_id,
                "user_id": user_id,
                "template": template,
                "channels": sorted(channels),
            }
            for template, channels in preferences.channels.items()
        ]
        statement = insert(NOTIFICATION_PREFERENCES).values(rows)
        changed = {"channels": statement.excluded.channels}
        self._connection.sql.execute(
            statement.on_conflict_do_update(constraint="notification_preferences_pkey", set_=changed)
        )

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
        found = lock_due_notification(self._connection.sql, self._connection.tenant_id, self.opened_at)
        if found is None:
            return None
        # The row is locked, so what the first statement reads is what the second one changes.
        row = self._connection.sql.execute(self._select().where(NOTIFICATIONS.c.id == found)).one()
        self._connection.sql.execute(
            update(NOTIFICATIONS)
            .where(NOTIFICATIONS.c.tenant_id == self._connection.tenant_id, NOTIFICATIONS.c.id == found)
            .values(attempt=row.attempt + 1, next_at=self.opened_at + lease, last_error=UNFINISHED)
        )
        return _delivery_of(row, attempt=row.attempt + 1)

    @override
    def settle(self, delivery: Delivery, result: AttemptResult) -> bool:
        settled = (
            update(NOTIFICATIONS)
            .where(
                NOTIFICATIONS.c.tenant_id == self._connection.tenant_id,
                NOTIFICATIONS.c.id == delivery.id,
                NOTIFICATIONS.c.attempt == delivery.attempt,
                NOTIFICATIONS.c.next_at.is_not(None),
            )
            .values(self._settled(result))
            .returning(NOTIFICATIONS.c.id)
        )
        return self._connection.sql.execute(settled).one_or_none() is not None

    @override
    def revive(self, delivery_id: UUID) -> Delivery | None:
        is_final = (NOTIFICATIONS.c.id == delivery_id, NOTIFICATIONS.c.status.in_(_IS_FINAL))
        row = self._connection.sql.execute(self._select().where(*is_final)).one_or_none()
        # Of two who revive it at once, the second finds it pending.
        revived = (
            update(NOTIFICATIONS)
            .where(NOTIFICATIONS.c.tenant_id == self._connection.tenant_id, *is_final)
            .values(status=DeliveryStatus.PENDING, next_at=self.opened_at, ended_at=None, last_error=None)
        )
        is_ours = row is not None and self._connection.sql.execute(revived).rowcount == 1
        return _delivery_of(row) if row is not None and is_ours else None

    @override
    def list_of_user(self, user_id: UserId, *, before: UUID | None, limit: int) -> Sequence[Delivery]:
        statement = self._select().where(NOTIFICATIONS.c.user_id == user_id)
        if before is not None:
            statement = statement.where(NOTIFICATIONS.c.id < before)
        return self._list(statement, limit)

    @override
    def list_by_status(self, status: DeliveryStatus, *, limit: int) -> Sequence[Delivery]:
        return self._list(self._select().where(NOTIFICATIONS.c.status == status), limit)

    def _settled(self, result: AttemptResult) -> dict[str, object]:
        match result:
            case Sent():
                return {"status": DeliveryStatus.SENT, "next_at": None, "ended_at": self.opened_at, "last_error": None}
            case Failed(after, problem):
                return {"status": DeliveryStatus.FAILED, "next_at": self.opened_at + after, "last_error": problem}
            case Dead(problem):
                return self._given_up(DeliveryStatus.DEAD, problem)
            case Skipped(problem):
                return self._given_up(DeliveryStatus.SKIPPED, problem)

    def _given_up(self, status: DeliveryStatus, problem: str) -> dict[str, object]:
        return {"status": status, "next_at": None, "ended_at": self.opened_at, "last_error": problem}

    def _select(self) -> Select[*tuple[Any, ...]]:
        return select(NOTIFICATIONS).where(NOTIFICATIONS.c.tenant_id == self._connection.tenant_id)

    def _list(self, statement: Select[*tuple[Any, ...]], limit: int) -> Sequence[Delivery]:
        rows = self._connection.sql.execute(statement.order_by(NOTIFICATIONS.c.id.desc()).limit(literal(limit)))
        return [_delivery_of(row) for row in rows.fetchall()]


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
