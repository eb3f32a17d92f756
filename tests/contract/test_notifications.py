"""What a store of notifications promises, whichever adapter keeps them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from bankcore.identifiers import EventId, UserId
from bankcore.notifications.channels import ChannelName
from bankcore.notifications.deliveries import Dead, Delivered, Delivery, DeliveryStatus, Failed, NewDelivery, Skipped
from bankcore.notifications.notices import notice_of_registration
from bankcore.notifications.ports import NotificationUnits
from bankcore.notifications.preferences import Preferences
from bankcore.notifications.service import ChangePreferences, NotificationService
from bankcore.notifications.templates import TemplateName
from bankcore.origin import LIBRARY, Origin
from bankcore.testing import in_memory_bank
from bankcore.testing.notifications import InMemoryNotifications, InMemoryNotificationUnits
from bankcore_infra.db.transactions import OwnTransactions
from bankcore_infra.notifications.store import SqlNotificationUnits
from tests.worlds.identity import IdentityWorld
from tests.worlds.memory_notifications import RAM, SITA, TENANT
from tests.worlds.sql_bank import SqlBank

LEASE = timedelta(minutes=2)


def event_id(number: int) -> EventId:
    """The id of an event that came after those of lower numbers."""
    return EventId(UUID(int=number << 64))


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationAdapter:
    """A tenant of two users without notifications, on one adapter; `wait` lets that much time go by."""

    units: NotificationUnits
    service: NotificationService
    sita: UserId
    ram: UserId
    wait: Callable[[timedelta], None]

    def record(self, event: int = 1, *, user_id: UserId | None = None, skipped_because: str | None = None) -> int:
        """Record what a new user is told; how many deliveries were new."""
        return self.units.run(
            lambda store: store.record(
                [
                    NewDelivery(
                        notification=notice_of_registration(event_id(event), user_id or self.sita, store.opened_at),
                        channel=ChannelName.EMAIL,
                        skipped_because=skipped_because,
                    )
                ]
            )
        )

    def take(self) -> Delivery | None:
        """Begin an attempt."""
        return self.units.run(lambda store: store.take_due(LEASE))

    def taken(self) -> Delivery:
        """An attempt that there must be."""
        delivery = self.take()
        assert delivery is not None
        return delivery

    def settle(self, delivery: Delivery, result: Delivered | Failed | Dead | Skipped) -> bool:
        """End it."""
        return self.units.run(lambda store: store.settle(delivery, result))

    def only(self) -> Delivery:
        """Sita's one delivery."""
        (delivery,) = self.service.list_of_user(self.sita, before=None, limit=10)
        return delivery


@pytest.fixture(params=["in_memory_notifications", "postgresql_notifications"], ids=["in-memory", "PostgreSQL"])
def adapter(request: pytest.FixtureRequest) -> NotificationAdapter:
    made = request.getfixturevalue(request.param)
    assert isinstance(made, NotificationAdapter)
    return made


@pytest.fixture
def in_memory_notifications() -> NotificationAdapter:
    bank = in_memory_bank(TENANT)
    units = InMemoryNotificationUnits(InMemoryNotifications(), bank)

    def wait(duration: timedelta) -> None:
        bank.clock.advance(duration)

    return NotificationAdapter(
        units=units,
        service=NotificationService(units),
        sita=SITA,
        ram=RAM,
        wait=wait,
    )


@pytest.fixture
def postgresql_notifications(bank: SqlBank, tmp_path: Path) -> NotificationAdapter:
    identity = IdentityWorld.of(bank, tmp_path / "keys")
    units = SqlNotificationUnits(OwnTransactions(bank.database, bank.tenant_id), bank.unit)

    def wait(duration: timedelta) -> None:
        bank.scratch.execute("UPDATE bankcore.notifications SET next_at = next_at - %s::interval", duration)

    return NotificationAdapter(
        units=units,
        service=NotificationService(units),
        sita=identity.register().user.id,
        ram=identity.register("ram@example.com").user.id,
        wait=wait,
    )


def test_a_delivery_is_there_once_for_event_user_and_channel(adapter: NotificationAdapter) -> None:
    assert adapter.record() == 1
    assert adapter.record() == 0
    assert adapter.record(user_id=adapter.ram) == 1
    assert adapter.record(event=2) == 1
    assert adapter.units.run(lambda store: store.record([])) == 0


def test_what_was_recorded_is_due_at_once_and_taken_by_one(adapter: NotificationAdapter) -> None:
    adapter.record()

    taken = adapter.taken()

    assert (taken.status, taken.attempt, taken.last_error) == (DeliveryStatus.PENDING, 1, None)
    assert taken.template is TemplateName.WELCOME
    assert adapter.take() is None


def test_the_longest_due_is_taken_first(adapter: NotificationAdapter) -> None:
    adapter.record(event=1)
    adapter.wait(timedelta(seconds=1))
    adapter.record(event=2)

    assert [adapter.taken().event_id, adapter.taken().event_id] == [event_id(1), event_id(2)]
    assert adapter.take() is None


def test_a_lease_that_is_over_gives_it_to_the_next_who_sees_what_happened(adapter: NotificationAdapter) -> None:
    adapter.record()
    first = adapter.taken()
    adapter.wait(LEASE)

    second = adapter.taken()

    assert (second.attempt, second.last_error) == (2, "unfinished")
    assert not adapter.settle(first, Delivered())
    assert adapter.settle(second, Delivered())
    assert adapter.only().status is DeliveryStatus.SENT


def test_what_was_sent_is_final(adapter: NotificationAdapter) -> None:
    adapter.record()
    taken = adapter.taken()
    adapter.settle(taken, Delivered())
    adapter.wait(timedelta(days=30))

    assert not adapter.settle(taken, Dead("smtp_550"))
    assert adapter.take() is None
    sent = adapter.only()
    assert (sent.status, sent.attempt, sent.next_at, sent.last_error) == (DeliveryStatus.SENT, 1, None, None)
    assert sent.sent_at is not None
    assert sent.sent_at >= sent.created_at


def test_a_failed_one_is_due_again_after_its_pause(adapter: NotificationAdapter) -> None:
    adapter.record()
    adapter.settle(adapter.taken(), Failed(timedelta(minutes=5), "smtp_450"))

    assert adapter.take() is None
    assert (adapter.only().status, adapter.only().last_error) == (DeliveryStatus.FAILED, "smtp_450")
    adapter.wait(timedelta(minutes=5))
    again = adapter.taken()
    assert (again.attempt, again.last_error, again.status) == (2, "smtp_450", DeliveryStatus.FAILED)


@pytest.mark.parametrize(
    ("result", "status"),
    [(Dead("smtp_550"), DeliveryStatus.DEAD), (Skipped("no_recipient"), DeliveryStatus.SKIPPED)],
)
def test_what_is_dead_or_skipped_waits_for_somebody_to_revive_it(
    adapter: NotificationAdapter, result: Dead | Skipped, status: DeliveryStatus
) -> None:
    adapter.record()
    adapter.settle(adapter.taken(), result)

    assert adapter.take() is None
    assert [one.id for one in adapter.service.list_by_status(status, limit=5)] == [adapter.only().id]
    adapter.service.revive(adapter.only().id, origin=LIBRARY)
    again = adapter.taken()

    assert (again.attempt, again.status, again.last_error) == (2, DeliveryStatus.PENDING, None)
    assert adapter.units.run(lambda store: store.revive(again.id)) is None


def test_what_was_skipped_from_the_start_is_kept_with_its_reason(adapter: NotificationAdapter) -> None:
    adapter.record(skipped_because="not_configured")

    assert adapter.take() is None
    assert (adapter.only().status, adapter.only().last_error) == (DeliveryStatus.SKIPPED, "not_configured")


def test_lists_are_of_one_user_latest_first(adapter: NotificationAdapter) -> None:
    for event in (1, 2, 3):
        adapter.record(event)
    adapter.record(4, user_id=adapter.ram)

    first = adapter.service.list_of_user(adapter.sita, before=None, limit=2)
    rest = adapter.service.list_of_user(adapter.sita, before=first[-1].id, limit=2)

    assert [one.event_id for one in first] == [event_id(3), event_id(2)]
    assert [one.event_id for one in rest] == [event_id(1)]
    assert len(adapter.service.list_by_status(DeliveryStatus.PENDING, limit=3)) == 3


def test_preferences_are_kept_and_changed_once_for_each_key(adapter: NotificationAdapter) -> None:
    quiet = Preferences.of({TemplateName.MONEY_SENT: frozenset()})
    origin = Origin(actor_type="user", actor_id=str(adapter.sita), key_scope=str(adapter.sita))

    def change(preferences: Preferences, key: str) -> bool:
        asked = ChangePreferences(user_id=adapter.sita, preferences=preferences, idempotency_key=key)
        return adapter.service.change_preferences(asked, origin=origin).replayed

    answers = [change(quiet, "a"), change(Preferences.of({}), "b"), change(quiet, "a"), change(quiet, "c")]

    assert answers == [False, False, True, False]
    assert adapter.service.preferences_of(adapter.sita) == quiet
    assert adapter.service.preferences_of(adapter.ram) == Preferences.of({})
