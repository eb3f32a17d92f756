"""What the routes of webhooks take and show."""

from typing import Annotated, Final

from pydantic import Field
from typing_extensions import TypedDict

from bankcore.ledger.actions import TRANSACTION_POSTED
from bankcore.webhooks.answers import WebhookAnswer
from bankcore.webhooks.deliveries import WebhookAttempt, WebhookDelivery, WebhookStatus
from bankcore.webhooks.endpoints import (
    DESCRIPTION_LENGTH_MAX,
    EVENTS_MAX,
    EVERY_EVENT,
    DisabledBecause,
    WebhookEndpoint,
)
from bankcore.webhooks.service import WantedEndpoint
from bankcore_http.answering import members
from bankcore_http.answering.members import Doc
from bankcore_http.answering.wire import render_instant
from bankcore_http.reading.fields import Instant, Omissible, at_most, text, word_of
from bankcore_http.reading.pagination import ListQuery
from bankcore_http.reading.shapes import BodyShape

_URL: Final = "https://hooks.example.com/bank"
_EVENT: Final = TRANSACTION_POSTED.name
_NAME_LENGTH_MAX: Final = 121
_Url = Annotated[str, text(2_048), Doc(example=_URL)]
_Events = Annotated[list[Annotated[str, text(_NAME_LENGTH_MAX), Doc(example=_EVENT)]], *at_most(EVENTS_MAX)]
_Description = Annotated[str, text(DESCRIPTION_LENGTH_MAX), Doc(example="Accounting")]
_Status = Annotated[str, Doc(enum=list(WebhookStatus))]


class WebhookEndpointBody(BodyShape):
    """A server that is to be told of events; without names of events, of all."""

    url: _Url
    events: _Events = Field(default_factory=lambda: [EVERY_EVENT])
    description: Omissible[_Description] = None

    def wanted(self) -> WantedEndpoint:
        """The endpoint."""
        return WantedEndpoint(url=self.url, events=self.events, description=self.description)


class WebhookChangeBody(BodyShape):
    """What is to change; what is left out stays."""

    url: Omissible[_Url] = None
    events: Omissible[_Events] = None
    description: Omissible[_Description] = None
    enabled: Omissible[Annotated[bool, Field(strict=True), Doc(example=True)]] = None

    def wanted(self) -> WantedEndpoint:
        """The change."""
        return WantedEndpoint(url=self.url, events=self.events, description=self.description, is_enabled=self.enabled)


class RecoverBody(BodyShape):
    """Since when to send once more what failed or was skipped."""

    since: Instant


class WebhookDeliveriesQuery(ListQuery):
    """`?status=`."""

    status: Omissible[Annotated[WebhookStatus, word_of(WebhookStatus)]] = None


class WebhookEndpointShape(TypedDict):
    """A server that is told of events."""

    id: members.Id
    url: Annotated[str, Doc(example=_URL)]
    events: list[Annotated[str, Doc(example=_EVENT)]]
    description: str
    createdAt: members.Instant
    disabledBecause: Annotated[str, Doc(enum=list(DisabledBecause))] | None
    failingSince: members.Instant | None
    secretVersion: Annotated[int, Doc(minimum=1)]
    previousSecretUntil: members.Instant | None
    secret: Annotated[str, Doc(description="Shown once, when it is new")] | None


class DueAgainShape(TypedDict):
    """How many events are sent once more; which, if it is one."""

    count: Annotated[int, Doc(minimum=0)]
    eventId: members.Id | None


class WebhookAttemptShape(TypedDict):
    """An attempt: the status of the answer, or one word for why there was none."""

    number: Annotated[int, Doc(minimum=1)]
    at: members.Instant
    httpStatus: int | None
    problem: str | None
    tookMs: Annotated[int, Doc(minimum=0)]


class WebhookDeliveryShape(TypedDict):
    """A message for an endpoint, with its latest attempts."""

    eventId: members.Id
    type: Annotated[str, Doc(example=_EVENT)]
    status: _Status
    attempts: Annotated[int, Doc(minimum=0)]
    nextAt: members.Instant | None
    createdAt: members.Instant
    log: list[WebhookAttemptShape]


def present_endpoint(endpoint: WebhookEndpoint, secret: str | None = None) -> WebhookEndpointShape:
    """An endpoint, with its secret if that is new."""
    return {
        "id": str(endpoint.id),
        "url": endpoint.url,
        "events": list(endpoint.events),
        "description": endpoint.description,
        "createdAt": render_instant(endpoint.created_at),
        "disabledBecause": None if endpoint.disabled_because is None else str(endpoint.disabled_because),
        "failingSince": None if endpoint.failing_since is None else render_instant(endpoint.failing_since),
        "secretVersion": endpoint.secret_version,
        "previousSecretUntil": (
            None if endpoint.previous_secret_until is None else render_instant(endpoint.previous_secret_until)
        ),
        "secret": secret,
    }


def present_due(answer: WebhookAnswer) -> DueAgainShape:
    """What is sent once more."""
    return {"count": answer.count, "eventId": None if answer.event_id is None else str(answer.event_id)}


def present_delivery(delivery: WebhookDelivery) -> WebhookDeliveryShape:
    """A message for an endpoint."""
    return {
        "eventId": str(delivery.event_id),
        "type": delivery.type,
        "status": str(delivery.status),
        "attempts": delivery.attempts,
        "nextAt": None if delivery.next_at is None else render_instant(delivery.next_at),
        "createdAt": render_instant(delivery.created_at),
        "log": [_present_attempt(attempt) for attempt in delivery.log],
    }


def _present_attempt(attempt: WebhookAttempt) -> WebhookAttemptShape:
    return {
        "number": attempt.number,
        "at": render_instant(attempt.at),
        "httpStatus": attempt.http_status,
        "problem": attempt.problem,
        "tookMs": attempt.took_ms,
    }
