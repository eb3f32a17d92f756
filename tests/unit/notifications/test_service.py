"""Preferences: chosen, remembered, replayed; and who is asked about deliveries."""

from dataclasses import replace
from uuid import UUID

import pytest

from bankcore.errors import InvalidRequestError, NotFoundError
from bankcore.events.stamps import CommandRefused
from bankcore.idempotency.answers import Accepted
from bankcore.idempotency.keys import IdempotencyKeyReusedError
from bankcore.notifications.actions import NOTIFICATION_REVIVED, PREFERENCES_CHANGED
from bankcore.notifications.channels import ChannelName
from bankcore.notifications.deliveries import DeliveryStatus
from bankcore.notifications.events import NotificationRevived, PreferencesChanged
from bankcore.notifications.preferences import MANDATORY, Preferences
from bankcore.notifications.service import ChangePreferences, decode_preferences, encode_preferences
from bankcore.notifications.templates import TemplateName
from bankcore.origin import Origin
from tests.worlds.memory_notifications import EMAIL, RAM, SITA, MemoryNotifications

QUIET = Preferences.of({TemplateName.MONEY_SENT: frozenset()})
OPERATOR = Origin(actor_type="operator", actor_id="somebody")
ORIGIN = Origin(actor_type="user", actor_id=str(SITA), key_scope=str(SITA))


def change(preferences: Preferences = QUIET, *, key: str = "k-1") -> ChangePreferences:
    return ChangePreferences(user_id=SITA, preferences=preferences, idempotency_key=key)


@pytest.fixture
def office() -> MemoryNotifications:
    return MemoryNotifications()


def test_who_never_chose_gets_everything_by_email(office: MemoryNotifications) -> None:
    preferences = office.service.preferences_of(SITA)

    assert all(preferences.channels_for(template) == EMAIL for template in TemplateName)


@pytest.mark.parametrize("template", sorted(MANDATORY))
def test_what_concerns_safety_cannot_be_switched_off(template: TemplateName) -> None:
    with pytest.raises(InvalidRequestError, match="cannot be switched off"):
        Preferences.of({template: frozenset()})
    assert Preferences.of({template: frozenset({ChannelName.EMAIL})}).channels_for(template) == EMAIL


def test_a_choice_is_kept_and_recorded_with_what_was_before(office: MemoryNotifications) -> None:
    changed = office.service.change_preferences(change(), origin=ORIGIN)

    assert not changed.replayed
    assert office.service.preferences_of(SITA) == QUIET
    (event,) = office.bank.events
    assert isinstance(event, PreferencesChanged)
    assert (event.user_id, event.before, event.after) == (SITA, Preferences.of({}), QUIET)
    assert event.stamp.origin == ORIGIN


def test_the_same_choice_for_another_user_is_another_request(office: MemoryNotifications) -> None:
    staff = Origin(actor_type="user", actor_id="staff", key_scope="staff")
    office.service.change_preferences(change(), origin=staff)

    with pytest.raises(IdempotencyKeyReusedError):
        office.service.change_preferences(replace(change(), user_id=RAM), origin=staff)
    assert office.service.preferences_of(RAM) == Preferences.of({})


def test_preferences_survive_their_bytes() -> None:
    assert decode_preferences(encode_preferences(QUIET)) == QUIET


def test_an_operator_sees_what_stands_where(office: MemoryNotifications) -> None:
    office.record(office.welcome())
    dead = replace(office.only(), id=UUID(int=9), status=DeliveryStatus.DEAD, next_at=None, last_error="smtp_550")
    office.kept.deliveries[dead.id] = dead

    assert office.service.list_by_status(DeliveryStatus.DEAD, limit=9) == [dead]


def test_only_what_is_dead_or_skipped_can_be_revived(office: MemoryNotifications) -> None:
    office.record(office.welcome())

    for unknown in (office.only().id, UUID(int=99)):
        with pytest.raises(NotFoundError):
            office.service.revive(unknown, origin=OPERATOR)
    assert [type(event) for event in office.bank.events] == [CommandRefused, CommandRefused]


def test_who_has_a_delivery_tried_again_is_recorded_with_what_it_was(office: MemoryNotifications) -> None:
    office.record(office.welcome())
    dead = replace(office.only(), status=DeliveryStatus.DEAD, next_at=None, last_error="smtp_550")
    office.kept.deliveries[dead.id] = dead

    office.service.revive(dead.id, origin=OPERATOR)

    (event,) = office.bank.events
    assert isinstance(event, NotificationRevived)
    assert (event.delivery, event.stamp.origin) == (dead, OPERATOR)


def test_refusals_of_the_key_and_of_what_cannot_be_revived_are_recorded_with_who_asked(
    office: MemoryNotifications,
) -> None:
    office.service.change_preferences(change(), origin=ORIGIN)
    with pytest.raises(IdempotencyKeyReusedError):
        office.service.change_preferences(change(Preferences.of({})), origin=ORIGIN)
    with pytest.raises(NotFoundError):
        office.service.revive(UUID(int=99), origin=OPERATOR, idempotency_key="k-2")
    with pytest.raises(NotFoundError) as again:
        office.service.revive(UUID(int=99), origin=OPERATOR, idempotency_key="k-2")

    refused = [event for event in office.bank.events if isinstance(event, CommandRefused)]
    assert [(event.action, event.reason.code, event.stamp.origin) for event in refused] == [
        (PREFERENCES_CHANGED, "idempotency_key_reused", ORIGIN),
        (NOTIFICATION_REVIVED, "not_found", OPERATOR),
    ]
    assert again.value.replayed


def test_a_delivery_is_revived_once_for_each_key(office: MemoryNotifications) -> None:
    office.record(office.welcome())
    dead = replace(office.only(), status=DeliveryStatus.DEAD, next_at=None, last_error="smtp_550")
    office.kept.deliveries[dead.id] = dead

    answers = [office.service.revive(dead.id, origin=OPERATOR, idempotency_key="k-1") for _ in range(2)]

    assert answers == [Accepted(dead.id), Accepted(dead.id, replayed=True)]
    assert len(office.bank.events) == 1
