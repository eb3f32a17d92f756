"""Notifications over HTTP: what a user wants to be told, and what the user was told."""

from collections.abc import Mapping
from typing import Any, Final, cast
from uuid import UUID

from bankcore.errors import InvalidRequestError, OutcomeUnknownError
from bankcore.notifications.channels import ChannelName
from bankcore.notifications.deliveries import Delivery
from bankcore.notifications.preferences import MANDATORY, Preferences
from bankcore.notifications.service import ChangePreferences, NotificationService
from bankcore.notifications.templates import TemplateName
from bankcore.services import Services
from bankcore_http.answering.envelope import Answer
from bankcore_http.answering.replays import replay_headers
from bankcore_http.answering.wire import render_instant
from bankcore_http.auth import BearerToken, Caller
from bankcore_http.blueprint import Blueprint
from bankcore_http.notifications.schemas import DeliverySchema, PreferencesBody, PreferencesSchema
from bankcore_http.reading.idempotency import REPLAY_HEADERS, IdempotencyKeyHeader
from bankcore_http.reading.pagination import CursorFormat, ListQuery

_KEY: Final = IdempotencyKeyHeader()
_DELIVERIES: Final = CursorFormat("notifications", UUID)


def notifications_blueprint(services: Services, caller: BearerToken) -> Blueprint:
    """`/v1/notifications`, of the caller alone."""
    notifications_of = services.each(NotificationService)
    blueprint = Blueprint("notifications", url_prefix="/v1/notifications", description="What users are told")

    @blueprint.route("")
    @blueprint.takes(caller)
    @blueprint.arguments(ListQuery, location="query")
    @blueprint.response(200, DeliverySchema, many=True)
    def list_notifications(caller: Caller, query: Mapping[str, Any]) -> Answer:
        """List what you were told, latest first."""
        return _list(notifications_of(caller.principal.tenant_id), caller, query)

    @blueprint.route("/preferences")
    @blueprint.takes(caller)
    @blueprint.response(200, PreferencesSchema)
    def get_preferences(caller: Caller) -> dict[str, object]:
        """Read over which channels you are told of what."""
        notifications = notifications_of(caller.principal.tenant_id)
        return _present_preferences(notifications.preferences_of(caller.principal.user_id))

    @blueprint.route("/preferences", methods=["PUT"])
    @blueprint.takes(caller)
    @blueprint.takes(_KEY)
    @blueprint.arguments(PreferencesBody, into=_read_preferences)
    @blueprint.response(200, PreferencesSchema, message="Preferences saved", headers=REPLAY_HEADERS)
    @blueprint.raises(OutcomeUnknownError)
    def replace_preferences(caller: Caller, key: str, preferences: Preferences) -> Answer:
        """Choose over which channels you are told of what; what you do not name goes back to its default."""
        change = ChangePreferences(user_id=caller.principal.user_id, preferences=preferences, idempotency_key=key)
        notifications = notifications_of(caller.principal.tenant_id)
        changed = notifications.change_preferences(change, origin=caller.origin)
        return Answer(_present_preferences(changed.value), headers=replay_headers(replayed=changed.replayed))

    return blueprint


def _list(notifications: NotificationService, caller: Caller, query: Mapping[str, Any]) -> Answer:
    limit, position = query["limit"], _DELIVERIES.read(query)
    before = None if position is None else cast("UUID", position[0])
    # One more than asked for tells whether another page follows.
    found = notifications.list_of_user(caller.principal.user_id, before=before, limit=limit + 1)
    shown = found[:limit]
    next_position = (shown[-1].id,) if len(found) > limit else None
    return Answer([_present(delivery) for delivery in shown], page=_DELIVERIES.page(query, next_position))


def _read_preferences(preferences: list[Mapping[str, Any]]) -> Preferences:
    """The choices of a body; InvalidRequestError if one is there twice."""
    chosen = {TemplateName(one["template"]): frozenset(map(ChannelName, one["channels"])) for one in preferences}
    if len(chosen) < len(preferences):
        raise InvalidRequestError(pointer="/preferences", detail="a template occurs twice")
    return Preferences.of(chosen)


def _present_preferences(preferences: Preferences) -> dict[str, object]:
    return {
        "preferences": [
            {
                "template": str(template),
                "channels": sorted(map(str, preferences.channels_for(template))),
                "mandatory": template in MANDATORY,
            }
            for template in TemplateName
        ]
    }


def _present(delivery: Delivery) -> dict[str, object]:
    return {
        "id": str(delivery.id),
        "eventId": str(delivery.event_id),
        "template": str(delivery.template),
        "channel": str(delivery.channel),
        "status": str(delivery.status),
        "attempts": delivery.attempt,
        "createdAt": render_instant(delivery.created_at),
        "sentAt": None if delivery.sent_at is None else render_instant(delivery.sent_at),
    }
