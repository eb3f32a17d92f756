"""Deliveries and preferences in PostgreSQL."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar
from uuid import UUID

from sqlalchemy import Row, Select, literal, select, update
from sqlalchemy.dialects.postgresql import insert
from typing_extensions import override

from bankcore.idempotency.keys import Claim, IdempotencyKey, KeyRecord
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
from bankcore.notifications.events import PreferencesChanged
from bankcore.notifications.ports import NotificationStore, NotificationUnits
from bankcore.notifications.preferences import Preferences
from bankcore.notifications.templates import TemplateName
from bankcore_infra.audit.records import append_audit_records
from bankcore_infra.db.locking import lock_due_notification
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.db.transactions import Transactions
from bankcore_infra.db.work_tables import NOTIFICATION_PREFERENCES, NOTIFICATIONS
from bankcore_infra.idempotency.keys import claim_keys, store_outcomes
from bankcore_infra.notifications.audit_records import preferences_record

T = TypeVar("T")

_IS_FINAL: Final = (DeliveryStatus.DEAD, DeliveryStatus.SKIPPED)


class SqlNotificationStore(NotificationStore):
    """Deliveries and preferences of one tenant inside one transaction."""

    def __init__(self, connection: TenantConnection) -> None:
        """In that transaction."""
        self._connection = connection

    @property
    @override
    def opened_at(self) -> datetime:
        return self._connection.opened_at

    @override
    def claim_keys(self, keys: Sequence[IdempotencyKey]) -> Mapping[IdempotencyKey, Claim]:
        return claim_keys(self._connection, keys)

    @override
    def store_outcomes(self, records: Iterable[KeyRecord]) -> None:
        store_outcomes(self._connection, list(records))

    @override
    def find_preferences(self, user_id: UserId) -> Preferences:
        chosen = NOTIFICATION_PREFERENCES.c
        rows = self._connection.sql.execute(
            select(chosen.template, chosen.channels).where(
                chosen.tenant_id == self._connection.tenant_id, chosen.user_id == user_id
            )
        )
        return Preferences.of(
            {TemplateName(row.template): frozenset(map(ChannelName, row.channels)) for row in rows.fetchall()}
        )

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
        statement = insert(NOTIFICATIONS).values([self._new_row(delivery) for delivery in deliveries])
        recorded = statement.on_conflict_do_nothing(constraint="notifications_event_key").returning(NOTIFICATIONS.c.id)
        return len(self._connection.sql.execute(recorded).fetchall())

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
    def revive(self, delivery_id: UUID) -> bool:
        revived = (
            update(NOTIFICATIONS)
            .where(
                NOTIFICATIONS.c.tenant_id == self._connection.tenant_id,
                NOTIFICATIONS.c.id == delivery_id,
                NOTIFICATIONS.c.status.in_(_IS_FINAL),
            )
            .values(status=DeliveryStatus.PENDING, next_at=self.opened_at, last_error=None)
            .returning(NOTIFICATIONS.c.id)
        )
        return self._connection.sql.execute(revived).one_or_none() is not None

    @override
    def list_of_user(self, user_id: UserId, *, before: UUID | None, limit: int) -> Sequence[Delivery]:
        statement = self._select().where(NOTIFICATIONS.c.user_id == user_id)
        if before is not None:
            statement = statement.where(NOTIFICATIONS.c.id < before)
        return self._list(statement, limit)

    @override
    def list_by_status(self, status: DeliveryStatus, *, limit: int) -> Sequence[Delivery]:
        return self._list(self._select().where(NOTIFICATIONS.c.status == status), limit)

    @override
    def publish(self, event: PreferencesChanged) -> None:
        append_audit_records(self._connection, [preferences_record(event)])

    def _new_row(self, delivery: NewDelivery) -> dict[str, object]:
        notification = delivery.notification
        is_due = delivery.skipped_because is None
        return {
            "tenant_id": self._connection.tenant_id,
            "id": delivery.id,
            "event_id": notification.event_id,
            "user_id": notification.user_id,
            "created_at": self.opened_at,
            "next_at": self.opened_at if is_due else None,
            "channel": delivery.channel,
            "template": notification.template,
            "status": DeliveryStatus.PENDING if is_due else DeliveryStatus.SKIPPED,
            "last_error": delivery.skipped_because,
            "facts": dict(notification.facts),
        }

    def _settled(self, result: AttemptResult) -> dict[str, object]:
        match result:
            case Sent():
                return {"status": DeliveryStatus.SENT, "sent_at": self.opened_at, "next_at": None, "last_error": None}
            case Failed(after, problem):
                return {"status": DeliveryStatus.FAILED, "next_at": self.opened_at + after, "last_error": problem}
            case Dead(problem):
                return {"status": DeliveryStatus.DEAD, "next_at": None, "last_error": problem}
            case Skipped(problem):
                return {"status": DeliveryStatus.SKIPPED, "next_at": None, "last_error": problem}

    def _select(self) -> Select[*tuple[Any, ...]]:
        return select(NOTIFICATIONS).where(NOTIFICATIONS.c.tenant_id == self._connection.tenant_id)

    def _list(self, statement: Select[*tuple[Any, ...]], limit: int) -> Sequence[Delivery]:
        rows = self._connection.sql.execute(statement.order_by(NOTIFICATIONS.c.id.desc()).limit(literal(limit)))
        return [_delivery_of(row) for row in rows.fetchall()]


class SqlNotificationUnits(NotificationUnits):
    """Units of work on notifications, in transactions of one tenant."""

    def __init__(self, transactions: Transactions) -> None:
        """With that source of transactions."""
        self._transactions = transactions

    @override
    def run(self, work: Callable[[NotificationStore], T], *, resubmittable: bool = False) -> T:
        return self._transactions.run(
            lambda connection: work(SqlNotificationStore(connection)), resubmittable=resubmittable
        )


def _delivery_of(row: Row[*tuple[Any, ...]], *, attempt: int | None = None) -> Delivery:
    return Delivery(
        id=row.id,
        event_id=EventId(row.event_id),
        user_id=UserId(row.user_id),
        channel=ChannelName(row.channel),
        template=TemplateName(row.template),
        facts=row.facts,
        status=DeliveryStatus(row.status),
        attempt=row.attempt if attempt is None else attempt,
        next_at=row.next_at,
        last_error=row.last_error,
        sent_at=row.sent_at,
        created_at=row.created_at,
    )
