"""Webhooks for those who administer a tenant: endpoints, secrets, and what was sent."""

from typing import Final
from uuid import UUID

from bankcore.errors import InvalidStateError, NotFoundError, OutcomeUnknownError
from bankcore.idempotency.answers import Accepted
from bankcore.permissions import Permission
from bankcore.services import Services
from bankcore.webhooks.answers import WebhookAnswer
from bankcore.webhooks.endpoints import WebhookEndpointId
from bankcore.webhooks.ports import WebhookQueries
from bankcore.webhooks.service import Webhooks
from bankcore_http.answering.envelope import Answer
from bankcore_http.answering.replays import replay_headers
from bankcore_http.auth import BearerToken, Caller
from bankcore_http.blueprint import Blueprint
from bankcore_http.reading.idempotency import REPLAY_HEADERS, IdempotencyKeyHeader
from bankcore_http.reading.pagination import CursorFormat, ListQuery
from bankcore_http.webhooks.shapes import (
    DueAgainShape,
    RecoverBody,
    WebhookChangeBody,
    WebhookDeliveriesQuery,
    WebhookDeliveryShape,
    WebhookEndpointBody,
    WebhookEndpointShape,
    present_delivery,
    present_due,
    present_endpoint,
)

_ENDPOINTS: Final = CursorFormat("webhook-endpoints", UUID, into=WebhookEndpointId)
_DELIVERIES: Final[CursorFormat[UUID]] = CursorFormat("webhook-deliveries", UUID, into=lambda event_id: event_id)
_KEY: Final = IdempotencyKeyHeader()
_ONE: Final = "/<uuid:endpoint_id>"


def webhooks_blueprint(services: Services, caller: BearerToken) -> Blueprint:
    """`/v1/webhook-endpoints`, of the caller's tenant."""
    blueprint = Blueprint(
        "webhook-endpoints", url_prefix="/v1/webhook-endpoints", tag="Webhooks", description="Servers told of events"
    )
    _serve_reads(blueprint, services, caller)
    _serve_endpoints(blueprint, services, caller)
    _serve_secrets(blueprint, services, caller)
    _serve_deliveries(blueprint, services, caller)
    return blueprint


def _serve_reads(blueprint: Blueprint, services: Services, caller: BearerToken) -> None:
    queries_of = services.each(WebhookQueries)

    @blueprint.route("")
    @blueprint.takes(caller.who_may(Permission.WEBHOOKS_READ))
    @blueprint.arguments(ListQuery)
    @blueprint.response(200, WebhookEndpointShape, many=True)
    def list_webhook_endpoints(caller: Caller, query: ListQuery) -> Answer:
        """List endpoints, latest first.

        Without secrets.
        """
        queries = queries_of(caller.principal.tenant_id)
        found, page = _ENDPOINTS.page_by_id(query, queries.list_endpoints)
        return Answer([present_endpoint(endpoint) for endpoint in found], page=page)

    @blueprint.route(_ONE)
    @blueprint.takes(caller.who_may(Permission.WEBHOOKS_READ))
    @blueprint.response(200, WebhookEndpointShape)
    @blueprint.raises(NotFoundError)
    def get_webhook_endpoint(caller: Caller, *, endpoint_id: UUID) -> WebhookEndpointShape:
        """Read one endpoint.

        With why and since when nothing arrives.
        """
        queries = queries_of(caller.principal.tenant_id)
        return present_endpoint(queries.get_endpoint(_id(endpoint_id)))

    @blueprint.route(f"{_ONE}/deliveries")
    @blueprint.takes(caller.who_may(Permission.WEBHOOKS_READ))
    @blueprint.arguments(WebhookDeliveriesQuery)
    @blueprint.response(200, WebhookDeliveryShape, many=True)
    @blueprint.raises(NotFoundError)
    def list_webhook_deliveries(caller: Caller, query: WebhookDeliveriesQuery, *, endpoint_id: UUID) -> Answer:
        """List what an endpoint was told or is owed, latest event first.

        For 30 days.
        """
        queries, endpoint = queries_of(caller.principal.tenant_id), WebhookEndpointId(endpoint_id)
        found, page = _DELIVERIES.page_of(
            query,
            lambda before, limit: queries.list_deliveries(endpoint, status=query.status, before=before, limit=limit),
            lambda delivery: (delivery.event_id,),
            of=endpoint_id,
        )
        return Answer([present_delivery(delivery) for delivery in found], page=page)


def _serve_endpoints(blueprint: Blueprint, services: Services, caller: BearerToken) -> None:
    webhooks_of = services.each(Webhooks)

    @blueprint.route("", methods=["POST"])
    @blueprint.takes(caller.who_may(Permission.WEBHOOKS_MANAGE))
    @blueprint.takes(_KEY)
    @blueprint.arguments(WebhookEndpointBody)
    @blueprint.response(201, WebhookEndpointShape, message="The endpoint is there", headers=REPLAY_HEADERS)
    @blueprint.raises(InvalidStateError, OutcomeUnknownError)
    def create_webhook_endpoint(caller: Caller, key: str, body: WebhookEndpointBody) -> Answer:
        """Let a server be told of events from now on.

        By https, at public addresses. Keep the secret: messages are signed with it.
        """
        webhooks = webhooks_of(caller.principal.tenant_id)
        made = webhooks.create(body.wanted(), origin=caller.acting_origin, idempotency_key=key)
        return _shown(made)

    @blueprint.route(_ONE, methods=["PATCH"])
    @blueprint.takes(caller.who_may(Permission.WEBHOOKS_MANAGE))
    @blueprint.takes(_KEY)
    @blueprint.arguments(WebhookChangeBody)
    @blueprint.response(200, WebhookEndpointShape, message="The endpoint is changed", headers=REPLAY_HEADERS)
    @blueprint.raises(NotFoundError, OutcomeUnknownError)
    def change_webhook_endpoint(caller: Caller, key: str, body: WebhookChangeBody, *, endpoint_id: UUID) -> Answer:
        """Change an endpoint; what is left out stays.

        What it missed can be recovered.
        """
        webhooks = webhooks_of(caller.principal.tenant_id)
        changed = webhooks.change(_id(endpoint_id), body.wanted(), origin=caller.acting_origin, idempotency_key=key)
        return _shown(changed)

    @blueprint.route(_ONE, methods=["DELETE"])
    @blueprint.takes(caller.who_may(Permission.WEBHOOKS_MANAGE))
    @blueprint.takes(_KEY)
    @blueprint.response(200, WebhookEndpointShape, message="The endpoint is removed", headers=REPLAY_HEADERS)
    @blueprint.raises(NotFoundError, OutcomeUnknownError)
    def remove_webhook_endpoint(caller: Caller, key: str, *, endpoint_id: UUID) -> Answer:
        """Remove an endpoint with all that is owed to it.

        It is shown as it was.
        """
        webhooks = webhooks_of(caller.principal.tenant_id)
        removed = webhooks.remove(_id(endpoint_id), origin=caller.acting_origin, idempotency_key=key)
        return _shown(removed)


def _serve_secrets(blueprint: Blueprint, services: Services, caller: BearerToken) -> None:
    webhooks_of = services.each(Webhooks)

    @blueprint.route(f"{_ONE}/rotate-secret", methods=["POST"])
    @blueprint.takes(caller.who_may(Permission.WEBHOOKS_MANAGE))
    @blueprint.takes(_KEY)
    @blueprint.response(200, WebhookEndpointShape, message="The secret is new; keep it", headers=REPLAY_HEADERS)
    @blueprint.raises(NotFoundError, OutcomeUnknownError)
    def rotate_webhook_secret(caller: Caller, key: str, *, endpoint_id: UUID) -> Answer:
        """Give an endpoint a new secret.

        For a day, messages are signed with both.
        """
        webhooks = webhooks_of(caller.principal.tenant_id)
        rotated = webhooks.rotate(_id(endpoint_id), origin=caller.acting_origin, idempotency_key=key)
        return _shown(rotated)


def _serve_deliveries(blueprint: Blueprint, services: Services, caller: BearerToken) -> None:
    webhooks_of = services.each(Webhooks)

    @blueprint.route(f"{_ONE}/test", methods=["POST"])
    @blueprint.takes(caller.who_may(Permission.WEBHOOKS_MANAGE))
    @blueprint.takes(_KEY)
    @blueprint.response(202, DueAgainShape, message="A test is on its way", headers=REPLAY_HEADERS)
    @blueprint.raises(NotFoundError, OutcomeUnknownError)
    def test_webhook_endpoint(caller: Caller, key: str, *, endpoint_id: UUID) -> Answer:
        """Send an endpoint an event that means nothing.

        It is among the deliveries.
        """
        webhooks = webhooks_of(caller.principal.tenant_id)
        return _due(webhooks.send_test(_id(endpoint_id), origin=caller.acting_origin, idempotency_key=key))

    @blueprint.route(f"{_ONE}/deliveries/<uuid:event_id>/redeliver", methods=["POST"])
    @blueprint.takes(caller.who_may(Permission.WEBHOOKS_MANAGE))
    @blueprint.takes(_KEY)
    @blueprint.response(202, DueAgainShape, message="The event is due again", headers=REPLAY_HEADERS)
    @blueprint.raises(NotFoundError, OutcomeUnknownError)
    def redeliver_webhook(caller: Caller, key: str, *, endpoint_id: UUID, event_id: UUID) -> Answer:
        """Send one event once more, whatever became of it.

        With the same id.
        """
        webhooks = webhooks_of(caller.principal.tenant_id)
        return _due(webhooks.redeliver(_id(endpoint_id), event_id, origin=caller.acting_origin, idempotency_key=key))

    @blueprint.route(f"{_ONE}/recover", methods=["POST"])
    @blueprint.takes(caller.who_may(Permission.WEBHOOKS_MANAGE))
    @blueprint.takes(_KEY)
    @blueprint.arguments(RecoverBody)
    @blueprint.response(202, DueAgainShape, message="What was missed is due again", headers=REPLAY_HEADERS)
    @blueprint.raises(NotFoundError, OutcomeUnknownError)
    def recover_webhooks(caller: Caller, key: str, body: RecoverBody, *, endpoint_id: UUID) -> Answer:
        """Send once more what failed or was skipped since then.

        At most 10,000 events, the oldest first.
        """
        webhooks = webhooks_of(caller.principal.tenant_id)
        return _due(webhooks.recover(_id(endpoint_id), body.since, origin=caller.acting_origin, idempotency_key=key))


def _id(endpoint_id: UUID) -> WebhookEndpointId:
    return WebhookEndpointId(endpoint_id)


def _shown(answered: Accepted[WebhookAnswer]) -> Answer:
    shown = present_endpoint(answered.value.endpoint, answered.value.secret)
    return Answer(shown, headers=replay_headers(replayed=answered.replayed))


def _due(answered: Accepted[WebhookAnswer]) -> Answer:
    return Answer(present_due(answered.value), headers=replay_headers(replayed=answered.replayed))
