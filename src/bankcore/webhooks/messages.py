"""Messages: what an endpoint is told of an event. It is little, and names no amount, no person and no secret."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from bankcore.clock import instant_text
from bankcore.identifiers import EventId

TEST_EVENT: Final = "webhook.test"


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookMessage:
    """What is sent of one event: the same bytes to everybody, in each attempt."""

    event_id: EventId
    type: str
    occurred_at: datetime
    body: bytes


def message_of(
    event_id: EventId,
    event_type: str,
    at: datetime,
    *,
    subject: tuple[str, UUID] | None = None,
    account_ids: Sequence[UUID] = (),
) -> WebhookMessage:
    """The message of that event: its name, when it happened, and the ids of what it is about."""
    document = {
        "type": event_type,
        "timestamp": instant_text(at),
        "data": {
            "eventId": str(event_id),
            "subject": None if subject is None else {"kind": subject[0], "id": str(subject[1])},
            "accountIds": [str(account_id) for account_id in account_ids],
        },
    }
    body = json.dumps(document, separators=(",", ":")).encode()
    return WebhookMessage(event_id=event_id, type=event_type, occurred_at=at, body=body)
