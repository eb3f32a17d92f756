"""Deliveries: one message on its way to one endpoint, its attempts, and when it is tried again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from bankcore.identifiers import EventId
from bankcore.webhooks.endpoints import WebhookEndpoint, WebhookEndpointId

# The schedule of Standard Webhooks: ten tries in three days and a bit.
PAUSES: Final = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
_GONE: Final = 410
_SUCCESSES: Final = range(200, 300)


class WebhookStatus(StrEnum):
    """Where a delivery stands. Only `pending` is tried; `failed` was given up, `skipped` met a disabled endpoint."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookAttempt:
    """One attempt that ended: the status of the answer, or the problem if there was none."""

    number: int
    at: datetime
    http_status: int | None
    problem: str | None
    took_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookDelivery:
    """A message for an endpoint; `attempts` counts those begun, `log` has the latest that ended."""

    endpoint_id: WebhookEndpointId
    event_id: EventId
    type: str
    status: WebhookStatus
    attempts: int
    next_at: datetime | None
    created_at: datetime
    log: Sequence[WebhookAttempt]


@dataclass(frozen=True, slots=True, kw_only=True)
class DueWebhook:
    """A message that is being sent. `attempt` counts all its attempts, `tries` those since it was last made due."""

    endpoint: WebhookEndpoint
    event_id: EventId
    body: bytes
    attempt: int
    tries: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookAnswered:
    """What came of an attempt: the status of the answer, or why there is none."""

    due: DueWebhook
    at: datetime
    took_ms: int
    http_status: int | None = None
    problem: str | None = None

    @property
    def is_delivered(self) -> bool:
        """Whether the endpoint took it."""
        return self.http_status in _SUCCESSES

    @property
    def is_gone(self) -> bool:
        """Whether the endpoint wants nothing any more."""
        return self.http_status == _GONE


@dataclass(frozen=True, slots=True, kw_only=True)
class SettledAttempt:
    """An attempt, and how its delivery goes on: after that pause, if it is still pending."""

    endpoint_id: WebhookEndpointId
    event_id: EventId
    attempt: WebhookAttempt
    status: WebhookStatus
    pause: timedelta | None


def settled(answered: WebhookAnswered, jitter_permille: int) -> SettledAttempt:
    """How the delivery goes on after that attempt; the pause before the next is longer by so many thousandths."""
    due = answered.due
    pause = None if answered.is_delivered else pause_after(due.tries, jitter_permille)
    if answered.is_delivered:
        status = WebhookStatus.DELIVERED
    else:
        status = WebhookStatus.FAILED if pause is None else WebhookStatus.PENDING
    return SettledAttempt(
        endpoint_id=due.endpoint.id,
        event_id=due.event_id,
        attempt=WebhookAttempt(
            number=due.attempt,
            at=answered.at,
            http_status=answered.http_status,
            problem=answered.problem,
            took_ms=answered.took_ms,
        ),
        status=status,
        pause=pause,
    )


def pause_after(tries: int, jitter_permille: int) -> timedelta | None:
    """The pause after so many tries, longer by so many thousandths; None if there is no further one."""
    if tries > len(PAUSES):
        return None
    pause = PAUSES[tries - 1]
    return pause + pause * jitter_permille // 1000


def delivery_name(endpoint_id: WebhookEndpointId, event_id: UUID) -> str:
    """How an error names it."""
    return f"{endpoint_id}/{event_id}"
