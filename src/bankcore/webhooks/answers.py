"""Answers to what people do with endpoints, and how they are kept with their keys: never with a secret."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from bankcore.webhooks.endpoints import DisabledBecause, WebhookEndpoint, WebhookEndpointId


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookAnswer:
    """The endpoint as it is now. `secret` is there the first time that it is told; `count` tells how much is due
    for it, `event_id` of which event.
    """

    endpoint: WebhookEndpoint
    secret: str | None = field(default=None, repr=False)
    event_id: UUID | None = None
    count: int = 0


def encode_answer(answer: WebhookAnswer) -> bytes:
    """The answer as bytes, without its secret."""
    endpoint = answer.endpoint
    document = {
        "id": str(endpoint.id),
        "url": endpoint.url,
        "events": list(endpoint.events),
        "description": endpoint.description,
        "created_at": endpoint.created_at.isoformat(),
        "disabled_because": endpoint.disabled_because,
        "failing_since": _text(endpoint.failing_since),
        "secret_version": endpoint.secret_version,
        "previous_secret_until": _text(endpoint.previous_secret_until),
        "event_id": None if answer.event_id is None else str(answer.event_id),
        "count": answer.count,
    }
    return json.dumps(document).encode()


def decode_answer(encoded: bytes) -> WebhookAnswer:
    """The answer in those bytes."""
    document = json.loads(encoded)
    because, event_id = document["disabled_because"], document["event_id"]
    endpoint = WebhookEndpoint(
        id=WebhookEndpointId(UUID(document["id"])),
        url=document["url"],
        events=tuple(document["events"]),
        description=document["description"],
        created_at=datetime.fromisoformat(document["created_at"]),
        disabled_because=None if because is None else DisabledBecause(because),
        failing_since=_instant(document["failing_since"]),
        secret_version=document["secret_version"],
        previous_secret_until=_instant(document["previous_secret_until"]),
    )
    return WebhookAnswer(
        endpoint=endpoint, event_id=None if event_id is None else UUID(event_id), count=document["count"]
    )


def _text(instant: datetime | None) -> str | None:
    return None if instant is None else instant.isoformat()


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
