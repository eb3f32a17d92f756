"""What becomes of a delivery, attempt by attempt."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bankcore.notifications.channels import ChannelDownError, PermanentFailureError, TemporaryFailureError
from bankcore.notifications.deliveries import Dead, Delivered, DeliveryStatus, Failed, Skipped
from bankcore.notifications.preferences import Preferences
from bankcore.notifications.record import STALE_AFTER
from bankcore.notifications.send import LEASE
from bankcore.notifications.templates import TemplateName
from bankcore.origin import LIBRARY
from bankcore.testing.notifications import InMemoryNotices
from tests.worlds.memory_notifications import NOBODY, SITA, MemoryNotifications


@pytest.fixture
def office() -> MemoryNotifications:
    return MemoryNotifications()


def test_what_is_recorded_is_sent_to_the_address_of_that_moment(office: MemoryNotifications) -> None:
    office.record(office.welcome())

    attempted = office.sending().send_next()

    assert attempted is not None
    assert attempted.result == Delivered()
    assert attempted.is_recorded
    (message,) = office.channel.sent
    assert (message.to, message.text.subject, message.id) == ("sita@example.com", "Welcome", office.only().id)
    assert (office.only().status, office.only().attempt) == (DeliveryStatus.SENT, 1)
    assert office.only().sent_at == office.clock.now()
    assert office.sending().send_next() is None


def test_the_same_event_again_is_the_same_delivery(office: MemoryNotifications) -> None:
    assert [office.record(office.welcome()), office.record(office.welcome())] == [1, 0]


def test_nothing_is_recorded_for_who_wants_no_channel(office: MemoryNotifications) -> None:
    off = Preferences.of({TemplateName.WELCOME: frozenset()})
    office.units.run(lambda store: store.replace_preferences(SITA, off))

    assert office.record(office.welcome()) == 0


def test_without_a_configured_channel_the_delivery_is_kept_as_skipped(office: MemoryNotifications) -> None:
    office.record(office.welcome(), configured=frozenset())

    assert (office.only().status, office.only().last_error) == (DeliveryStatus.SKIPPED, "not_configured")
    assert office.sending().send_next() is None


def test_what_is_long_ago_is_kept_as_skipped(office: MemoryNotifications) -> None:
    office.record(office.welcome(at=office.clock.now() - STALE_AFTER))
    office.record(office.welcome(event=2, at=office.clock.now() - STALE_AFTER - timedelta(seconds=1)))

    assert [one.status for one in office.kept.deliveries.values()] == [DeliveryStatus.PENDING, DeliveryStatus.SKIPPED]
    assert [one.last_error for one in office.kept.deliveries.values()] == [None, "too_old"]


def test_a_channel_that_was_taken_away_meanwhile_skips_the_delivery(office: MemoryNotifications) -> None:
    office.record(office.welcome())

    attempted = office.sending(channels=False).send_next()

    assert attempted is not None
    assert attempted.result == Skipped("not_configured")


def test_a_user_without_an_address_skips_the_delivery(office: MemoryNotifications) -> None:
    office.record(office.welcome(NOBODY))

    attempted = office.sending().send_next()

    assert attempted is not None
    assert attempted.result == Skipped("no_recipient")
    assert office.only().status is DeliveryStatus.SKIPPED


def test_an_event_that_cannot_be_read_is_told_to_operators_and_to_nobody_else(office: MemoryNotifications) -> None:
    office.record(office.welcome())
    office.notices = InMemoryNotices()

    attempted = office.sending().send_next()

    assert attempted is not None
    assert attempted.result == Dead("unreadable")
    assert office.channel.sent == []


def test_a_temporary_failure_is_tried_again_after_pauses_that_double(office: MemoryNotifications) -> None:
    office.record(office.welcome())
    office.channel.failures = [TemporaryFailureError("smtp_450"), TemporaryFailureError("smtp_451")]

    first = office.sending().send_next()
    assert office.sending().send_next() is None
    office.clock.advance(timedelta(minutes=1))
    second = office.sending().send_next()
    office.clock.advance(timedelta(minutes=1))
    assert office.sending().send_next() is None
    office.clock.advance(timedelta(minutes=1))
    third = office.sending().send_next()

    assert first is not None
    assert second is not None
    assert third is not None
    assert first.result == Failed(timedelta(minutes=1), "smtp_450")
    assert second.result == Failed(timedelta(minutes=2), "smtp_451")
    assert third.result == Delivered()
    assert not first.is_channel_down


def test_a_permanent_failure_is_dead_until_it_is_revived(office: MemoryNotifications) -> None:
    office.record(office.welcome())
    office.channel.failures = [PermanentFailureError("smtp_550")]

    attempted = office.sending().send_next()
    office.clock.advance(timedelta(days=30))
    later = office.sending().send_next()
    office.service.revive(office.only().id, origin=LIBRARY)
    revived = office.sending().send_next()

    assert attempted is not None
    assert attempted.result == Dead("smtp_550")
    assert later is None
    assert revived is not None
    assert revived.result == Delivered()


def test_a_channel_that_is_down_is_told_to_whoever_sends(office: MemoryNotifications) -> None:
    office.record(office.welcome())
    office.channel.failures = [ChannelDownError("unreachable")]

    attempted = office.sending().send_next()

    assert attempted is not None
    assert attempted.is_channel_down
    assert office.only().last_error == "unreachable"


def test_who_dies_while_sending_leaves_it_to_the_next_after_the_lease_with_the_same_message_id(
    office: MemoryNotifications,
) -> None:
    office.record(office.welcome())
    lost = office.units.run(lambda store: store.take_due(LEASE))

    assert office.sending().send_next() is None
    assert office.only().last_error == "unfinished"
    office.clock.advance(LEASE)
    attempted = office.sending().send_next()

    assert lost is not None
    assert attempted is not None
    assert (lost.id, lost.attempt) == (attempted.delivery.id, 1)
    assert (attempted.delivery.attempt, attempted.result) == (2, Delivered())


def test_who_comes_back_after_the_lease_changes_nothing(office: MemoryNotifications) -> None:
    office.record(office.welcome())
    slow = office.units.run(lambda store: store.take_due(LEASE))
    office.clock.advance(LEASE)
    office.units.run(lambda store: store.take_due(LEASE))

    assert slow is not None
    assert not office.units.run(lambda store: store.settle(slow, Dead("smtp_550")))
    assert office.only().status is DeliveryStatus.PENDING


def test_what_kills_every_sender_is_given_up(office: MemoryNotifications) -> None:
    office.record(office.welcome())
    for _ in range(3):
        office.units.run(lambda store: store.take_due(LEASE))
        office.clock.advance(LEASE)

    attempted = office.sending(attempts_max=3).send_next()

    assert attempted is not None
    assert attempted.result == Dead("abandoned")
    assert office.channel.sent == []


def test_a_revived_delivery_is_tried_though_its_attempts_were_used_up(office: MemoryNotifications) -> None:
    office.record(office.welcome())
    delivery = replace(office.only(), attempt=26, status=DeliveryStatus.DEAD, next_at=None, last_error="smtp_450")
    office.kept.deliveries[delivery.id] = delivery

    office.service.revive(delivery.id, origin=LIBRARY)
    office.channel.failures = [TemporaryFailureError("smtp_450")]
    again = office.sending().send_next()

    assert again is not None
    assert again.result == Dead("smtp_450")
