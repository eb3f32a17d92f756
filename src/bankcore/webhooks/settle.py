"""Settles attempts: what becomes of each delivery, and of an endpoint that takes nothing."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime

from bankcore.origin import Origin
from bankcore.webhooks.actions import ENDPOINT_DISABLED
from bankcore.webhooks.deliveries import WebhookAnswered, settled
from bankcore.webhooks.endpoints import DisabledBecause, WebhookEndpoint, WebhookEndpointId
from bankcore.webhooks.events import WebhookEndpointChanged
from bankcore.webhooks.ports import WebhookUnit


def settle_answers(
    unit: WebhookUnit, answers: Sequence[WebhookAnswered], jitter_permille: Callable[[], int], origin: Origin
) -> Sequence[WebhookEndpoint]:
    """Record what came of these attempts. Returns the endpoints that were disabled for it.

    An endpoint of which that tells nothing new is not even locked, and endpoints are locked in the order of their ids,
    before their deliveries.
    """
    by_endpoint: dict[WebhookEndpointId, list[WebhookAnswered]] = defaultdict(list)
    for answer in answers:
        by_endpoint[answer.due.endpoint.id].append(answer)
    disabled = [
        endpoint
        for endpoint_id in sorted(by_endpoint)
        if (endpoint := _update(unit, endpoint_id, by_endpoint[endpoint_id], origin)) is not None
    ]
    unit.settle([settled(answer, jitter_permille()) for answer in answers])
    return disabled


def _update(
    unit: WebhookUnit, endpoint_id: WebhookEndpointId, answers: Sequence[WebhookAnswered], origin: Origin
) -> WebhookEndpoint | None:
    """Note how the endpoint does. Returns it if it was disabled."""
    if not any(_is_news(answer, unit.opened_at) for answer in answers):
        return None
    endpoint = unit.lock_endpoint(endpoint_id)
    if endpoint is None or not endpoint.is_enabled:
        return None
    now = _after(unit, endpoint, answers)
    if now != endpoint:
        unit.update_endpoint(now)
    if now.is_enabled:
        return None
    facts = {"because": str(now.disabled_because)}
    unit.publish([WebhookEndpointChanged(unit.new_stamp(origin), ENDPOINT_DISABLED, now, facts)])
    return now


def _is_news(answer: WebhookAnswered, now: datetime) -> bool:
    """Whether the endpoint may be another for it than it was when the attempt began."""
    endpoint = answer.due.endpoint
    if answer.is_delivered:
        return endpoint.failing_since is not None
    return answer.is_gone or endpoint != endpoint.failed(now)


def _after(unit: WebhookUnit, endpoint: WebhookEndpoint, answers: Sequence[WebhookAnswered]) -> WebhookEndpoint:
    if any(answer.is_gone for answer in answers):
        return endpoint.disabled(DisabledBecause.GONE)
    if any(answer.is_delivered for answer in answers):
        return endpoint.succeeded()
    return endpoint.failed(unit.opened_at)
