"""Notifications in memory: the store, a channel that keeps what it is given, and the addresses of users."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import timedelta
from uuid import UUID

from bankcore.identifiers import EventId, UserId
from bankcore.notifications.channels import Channel, ChannelName, DeliveryProblem, Message, Recipients
from bankcore.notifications.deliveries import (
    UNFINISHED,
    AttemptResult,
    Dead,
    Delivered,
    Delivery,
    DeliveryStatus,
    Failed,
    NewDelivery,
)
from bankcore.notifications.notices import Notification
from bankcore.notifications.ports import Notices, NotificationStore
from bankcore.notifications.preferences import Preferences
from bankcore.testing.bank import InMemoryBank
from bankcore.testing.sections import Section
from bankcore.testing.unit_of_work import InMemoryLedgerUnit
from bankcore.testing.units import InMemoryUnit, InMemoryUnits


@dataclass(slots=True)
class InMemoryNotifications(Section):
    """The stored data of one tenant's notifications; every value is immutable."""

    deliveries: dict[UUID, Delivery] = field(default_factory=dict)
    preferences: dict[UserId, Preferences] = field(default_factory=dict)


class InMemoryNotificationStore(InMemoryUnit, NotificationStore):
    """Deliveries and preferences inside one unit of work, on a draft."""

    def __init__(self, ledger_unit: InMemoryLedgerUnit, bank: InMemoryBank, kept: InMemoryNotifications) -> None:
        super().__init__(ledger_unit, bank)
        self._draft = ledger_unit.draft.section(kept)

    def find_preferences(self, user_ids: AbstractSet[UserId]) -> Mapping[UserId, Preferences]:
        return {user_id: self._draft.preferences.get(user_id, Preferences.of({})) for user_id in user_ids}

    def replace_preferences(self, user_id: UserId, preferences: Preferences) -> None:
        self._draft.preferences[user_id] = preferences

    def record(self, deliveries: Sequence[NewDelivery]) -> int:
        new = {one.id: self._recorded(one) for one in deliveries if one.id not in self._draft.deliveries}
        self._draft.deliveries.update(new)
        return len(new)

    def take_due(self, lease: timedelta) -> Delivery | None:
        due = [
            (one.next_at, one.id, one)
            for one in self._draft.deliveries.values()
            if one.next_at is not None and one.next_at <= self.opened_at
        ]
        if not due:
            return None
        _next_at, _id, found = min(due)
        begun = replace(found, attempt=found.attempt + 1)
        self._keep(replace(begun, next_at=self.opened_at + lease, last_error=UNFINISHED))
        return begun

    def settle(self, delivery: Delivery, result: AttemptResult) -> bool:
        stored = self._draft.deliveries[delivery.id]
        if stored.attempt != delivery.attempt or stored.next_at is None:
            return False
        self._keep(self._settled(stored, result))
        return True

    def revive(self, delivery_id: UUID) -> Delivery | None:
        stored = self._draft.deliveries.get(delivery_id)
        if stored is None or stored.status not in {DeliveryStatus.DEAD, DeliveryStatus.SKIPPED}:
            return None
        self._keep(replace(stored, status=DeliveryStatus.PENDING, next_at=self.opened_at, last_error=None))
        return stored

    def list_of_user(self, user_id: UserId, *, before: UUID | None, limit: int) -> Sequence[Delivery]:
        of_user = [one for one in self._latest_first() if one.user_id == user_id]
        return [one for one in of_user if before is None or one.id < before][:limit]

    def list_by_status(self, status: DeliveryStatus, *, limit: int) -> Sequence[Delivery]:
        return [one for one in self._latest_first() if one.status is status][:limit]

    def _latest_first(self) -> list[Delivery]:
        return sorted(self._draft.deliveries.values(), key=lambda one: one.id, reverse=True)

    def _keep(self, delivery: Delivery) -> None:
        self._draft.deliveries[delivery.id] = delivery

    def _recorded(self, new: NewDelivery) -> Delivery:
        is_due = new.skipped_because is None
        return Delivery(
            id=new.id,
            event_id=new.notification.event_id,
            user_id=new.notification.user_id,
            channel=new.channel,
            template=new.notification.template,
            status=DeliveryStatus.PENDING if is_due else DeliveryStatus.SKIPPED,
            attempt=0,
            next_at=self.opened_at if is_due else None,
            last_error=new.skipped_because,
            sent_at=None,
            created_at=self.opened_at,
        )

    def _settled(self, stored: Delivery, result: AttemptResult) -> Delivery:
        if isinstance(result, Delivered):
            return replace(stored, status=DeliveryStatus.SENT, sent_at=self.opened_at, next_at=None, last_error=None)
        if isinstance(result, Failed):
            next_at = self.opened_at + result.after
            return replace(stored, status=DeliveryStatus.FAILED, next_at=next_at, last_error=result.problem)
        status = DeliveryStatus.DEAD if isinstance(result, Dead) else DeliveryStatus.SKIPPED
        return replace(stored, status=status, next_at=None, last_error=result.problem)


class InMemoryNotificationUnits(InMemoryUnits[InMemoryNotificationStore]):
    """Units of work on notifications and books, one after another, from any number of threads."""

    def __init__(self, kept: InMemoryNotifications, bank: InMemoryBank) -> None:
        super().__init__(bank, lambda unit: InMemoryNotificationStore(unit, bank, kept))
        bank.books.add_section(kept)


class InMemoryChannel(Channel):
    """Keeps the messages, or fails once for each of `failures`."""

    def __init__(self) -> None:
        self.sent: list[Message] = []
        self.failures: list[DeliveryProblem] = []

    def send(self, message: Message) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.sent.append(message)

    def close(self) -> None:
        """Nothing is kept for the next message."""


class InMemoryRecipients(Recipients):
    """Addresses by user."""

    def __init__(self, addresses: Mapping[UserId, str]) -> None:
        self._addresses = addresses

    def find_address(self, user_id: UserId, channel: ChannelName) -> str | None:  # noqa: ARG002 - the same on each
        return self._addresses.get(user_id)


class InMemoryNotices(Notices):
    """What users are told of events, as a test has added it."""

    def __init__(self) -> None:
        self._notifications: dict[tuple[EventId, UserId], Notification] = {}

    def add(self, notification: Notification) -> None:
        """Add what is told of an event."""
        self._notifications[notification.event_id, notification.user_id] = notification

    def find_notification(self, delivery: Delivery) -> Notification | None:
        return self._notifications.get((delivery.event_id, delivery.user_id))
