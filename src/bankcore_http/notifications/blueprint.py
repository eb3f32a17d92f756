"""Notifications over HTTP: what a user wants to be told, and what the user was told."""

from functools import partial
from typing import Final
from uuid import UUID

from bankcore.errors import OutcomeUnknownError
from bankcore.notifications.service import ChangePreferences, NotificationService
from bankcore.permissions import Permission
from bankcore.services import Services
from bankcore_http.answering.envelope import Answer
from bankcore_http.answering.replays import replay_headers
from bankcore_http.auth import BearerToken, Caller
from bankcore_http.blueprint import Blueprint
from bankcore_http.notifications.shapes import (
    DeliveryShape,
    PreferencesBody,
    PreferencesShape,
    present_delivery,
    present_preferences,
)
from bankcore_http.reading.idempotency import REPLAY_HEADERS, IdempotencyKeyHeader
from bankcore_http.reading.pagination import CursorFormat, ListQuery

_KEY: Final = IdempotencyKeyHeader()
_DELIVERIES: Final[CursorFormat[UUID]] = CursorFormat("notifications", UUID, into=lambda delivery_id: delivery_id)


def notifications_blueprint(services: Services, caller: BearerToken) -> Blueprint:
    """`/v1/notifications`, of the caller alone."""
    notifications_of = services.each(NotificationService)
    blueprint = Blueprint("notifications", url_prefix="/v1/notifications", description="What users are told")

    @blueprint.route("")
    @blueprint.takes(caller.who_may(Permission.NOTIFICATIONS_READ))
    @blueprint.arguments(ListQuery)
    @blueprint.response(200, DeliveryShape, many=True)
    def list_notifications(caller: Caller, query: ListQuery) -> Answer:
        """List what you were told, latest first.

        One for each channel, with what became of it.
        """
        return _list(notifications_of(caller.principal.tenant_id), caller, query)

    @blueprint.route("/preferences")
    @blueprint.takes(caller.who_may(Permission.NOTIFICATIONS_READ))
    @blueprint.response(200, PreferencesShape)
    def get_preferences(caller: Caller) -> PreferencesShape:
        """Read over which channels you are told of what.

        What you have never chosen is shown with its default.
        """
        notifications = notifications_of(caller.principal.tenant_id)
        return present_preferences(notifications.preferences_of(caller.user_id))

    @blueprint.route("/preferences", methods=["PUT"])
    @blueprint.takes(caller.who_may(Permission.NOTIFICATIONS_MANAGE))
    @blueprint.takes(_KEY)
    @blueprint.arguments(PreferencesBody)
    @blueprint.response(200, PreferencesShape, message="Preferences saved", headers=REPLAY_HEADERS)
    @blueprint.raises(OutcomeUnknownError)
    def replace_preferences(caller: Caller, key: str, body: PreferencesBody) -> Answer:
        """Choose over which channels you are told of what; what you do not name goes back to its default.

        What is mandatory cannot be switched off.
        """
        change = ChangePreferences(user_id=caller.user_id, preferences=body.chosen(), idempotency_key=key)
        notifications = notifications_of(caller.principal.tenant_id)
        changed = notifications.change_preferences(change, origin=caller.origin)
        return Answer(present_preferences(changed.value), headers=replay_headers(replayed=changed.replayed))

    return blueprint


def _list(notifications: NotificationService, caller: Caller, query: ListQuery) -> Answer:
    found, page = _DELIVERIES.page_by_id(query, partial(notifications.list_of_user, caller.user_id))
    return Answer([present_delivery(delivery) for delivery in found], page=page)
