"""Webhooks for those who administer a tenant: endpoints, their secrets, and what is sent once more."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final
from uuid import UUID

from bankcore.actions import Action, Subject
from bankcore.errors import BankcoreError, InvalidRequestError, InvalidStateError, NotFoundError
from bankcore.events.stamps import CommandRefused
from bankcore.idempotency.answers import Accepted, KeyedTask, Rejected, answer_once
from bankcore.idempotency.keys import key_of
from bankcore.origin import LIBRARY, Origin
from bankcore.webhooks import actions
from bankcore.webhooks.answers import WebhookAnswer, decode_answer, encode_answer
from bankcore.webhooks.deliveries import delivery_name
from bankcore.webhooks.endpoints import (
    ENDPOINTS_MAX,
    DisabledBecause,
    WebhookEndpoint,
    WebhookEndpointId,
    require_description,
    require_events,
)
from bankcore.webhooks.events import WebhookEndpointChanged
from bankcore.webhooks.messages import TEST_EVENT, message_of
from bankcore.webhooks.ports import WebhookUnit, WebhookUnits
from bankcore.webhooks.signatures import join_secrets, secret_text

OVERLAP: Final = timedelta(hours=24)
"""How long messages are signed with the secret before a rotation too."""
RECOVERED_AT_ONCE: Final = 10_000

Decide = Callable[[WebhookUnit, Origin], WebhookAnswer | Rejected]


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedEndpoint:
    """What an endpoint is to be; what is None stays as it is, or is the default of a new one."""

    url: str | None = None
    events: Sequence[str] | None = None
    description: str | None = None
    is_enabled: bool | None = None

    @property
    def asked(self) -> Mapping[str, object]:
        """What is asked, for a fingerprint."""
        events = None if self.events is None else list(self.events)
        return {"url": self.url, "events": events, "description": self.description, "enabled": self.is_enabled}


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhooks:
    """The endpoints of one tenant. `find_problem` says in one word why nothing may be sent to an address.

    Each method raises, besides what it names: IdempotencyKeyReusedError, IdempotencyInProgressError, UnavailableError
    and OutcomeUnknownError.
    """

    units: WebhookUnits
    find_problem: Callable[[str], str | None]
    new_secret: Callable[[], bytes]

    def create(
        self, wanted: WantedEndpoint, *, origin: Origin = LIBRARY, idempotency_key: str | None = None
    ) -> Accepted[WebhookAnswer]:
        """Add an endpoint. The answer has its secret, which nobody is shown again.

        Raises:
            InvalidRequestError: nothing may be sent there, or a name is none of an event.
            InvalidStateError: there are as many endpoints as may be.
        """
        self._require_url(wanted.url)
        url, events = wanted.url or "", require_events(wanted.events or ())
        description = require_description(wanted.description or "")

        def decide(unit: WebhookUnit, origin: Origin) -> WebhookAnswer | Rejected:
            # Two that are added at once may be one too many, which harms nobody.
            if unit.count_endpoints() >= ENDPOINTS_MAX:
                full = InvalidStateError(resource="webhook endpoints", identifier="all", state="full")
                return Rejected(full)
            because = DisabledBecause.BY_HAND if wanted.is_enabled is False else None
            endpoint = WebhookEndpoint(
                id=unit.new_endpoint_id(),
                url=url,
                events=events,
                description=description,
                created_at=unit.opened_at,
                disabled_because=because,
            )
            secret = self.new_secret()
            unit.add_endpoint(endpoint)
            unit.keep_secrets(endpoint.id, secret)
            _publish(unit, origin, actions.ENDPOINT_CREATED, endpoint)
            return WebhookAnswer(endpoint=endpoint, secret=secret_text(secret))

        return self._answer(_Asked(actions.ENDPOINT_CREATED, None, wanted.asked), decide, origin, idempotency_key)

    def change(
        self,
        endpoint_id: WebhookEndpointId,
        wanted: WantedEndpoint,
        *,
        origin: Origin = LIBRARY,
        idempotency_key: str | None = None,
    ) -> Accepted[WebhookAnswer]:
        """Change what is named. Who enables an endpoint gives it another chance; what it missed can be recovered.

        Raises:
            InvalidRequestError: as `create`.
            NotFoundError: there is no such endpoint.
        """
        if wanted.url is not None:
            self._require_url(wanted.url)
        events = None if wanted.events is None else require_events(wanted.events)
        description = None if wanted.description is None else require_description(wanted.description)

        def decide(unit: WebhookUnit, origin: Origin, before: WebhookEndpoint) -> WebhookAnswer:
            after = replace(
                before,
                url=before.url if wanted.url is None else wanted.url,
                events=before.events if events is None else events,
                description=before.description if description is None else description,
            )
            if wanted.is_enabled is not None:
                after = after.enabled() if wanted.is_enabled else after.disabled(DisabledBecause.BY_HAND)
            unit.update_endpoint(after)
            _publish(unit, origin, actions.ENDPOINT_CHANGED, after)
            return WebhookAnswer(endpoint=after)

        asked = _Asked(actions.ENDPOINT_CHANGED, endpoint_id, wanted.asked)
        return self._answer(asked, _on(endpoint_id, decide), origin, idempotency_key)

    def remove(
        self, endpoint_id: WebhookEndpointId, *, origin: Origin = LIBRARY, idempotency_key: str | None = None
    ) -> Accepted[WebhookAnswer]:
        """Remove an endpoint with all that is owed to it. Raises: NotFoundError."""

        def decide(unit: WebhookUnit, origin: Origin, endpoint: WebhookEndpoint) -> WebhookAnswer:
            unit.remove_endpoint(endpoint_id)
            _publish(unit, origin, actions.ENDPOINT_REMOVED, endpoint)
            return WebhookAnswer(endpoint=endpoint)

        asked = _Asked(actions.ENDPOINT_REMOVED, endpoint_id, {})
        return self._answer(asked, _on(endpoint_id, decide), origin, idempotency_key)

    def rotate(
        self, endpoint_id: WebhookEndpointId, *, origin: Origin = LIBRARY, idempotency_key: str | None = None
    ) -> Accepted[WebhookAnswer]:
        """Give the endpoint a new secret, which the answer has. For a day, messages are signed with both.

        A second rotation ends the day of the first. Raises: NotFoundError.
        """

        def decide(unit: WebhookUnit, origin: Origin, before: WebhookEndpoint) -> WebhookAnswer:
            secret = self.new_secret()
            unit.keep_secrets(endpoint_id, join_secrets(secret, unit.find_secrets(endpoint_id) or b""))
            after = before.rotated(until=unit.opened_at + OVERLAP)
            unit.update_endpoint(after)
            _publish(unit, origin, actions.SECRET_ROTATED, after, {"version": after.secret_version})
            return WebhookAnswer(endpoint=after, secret=secret_text(secret))

        asked = _Asked(actions.SECRET_ROTATED, endpoint_id, {})
        return self._answer(asked, _on(endpoint_id, decide), origin, idempotency_key)

    def send_test(
        self, endpoint_id: WebhookEndpointId, *, origin: Origin = LIBRARY, idempotency_key: str | None = None
    ) -> Accepted[WebhookAnswer]:
        """Owe the endpoint a message of a test, whose event the answer names; one that is disabled gets it once it is
        enabled. Raises: NotFoundError.
        """

        def decide(unit: WebhookUnit, origin: Origin, endpoint: WebhookEndpoint) -> WebhookAnswer:
            stamp = unit.new_stamp(origin)
            unit.owe_to(endpoint_id, message_of(stamp.id, TEST_EVENT, stamp.occurred_at))
            unit.publish([WebhookEndpointChanged(stamp, actions.ENDPOINT_TESTED, endpoint, {})])
            return WebhookAnswer(endpoint=endpoint, event_id=stamp.id, count=1)

        asked = _Asked(actions.ENDPOINT_TESTED, endpoint_id, {})
        return self._answer(asked, _on(endpoint_id, decide), origin, idempotency_key)

    def redeliver(
        self,
        endpoint_id: WebhookEndpointId,
        event_id: UUID,
        *,
        origin: Origin = LIBRARY,
        idempotency_key: str | None = None,
    ) -> Accepted[WebhookAnswer]:
        """Send one event once more, whatever became of it. Raises: NotFoundError."""

        def decide(unit: WebhookUnit, origin: Origin, endpoint: WebhookEndpoint) -> WebhookAnswer | Rejected:
            if not unit.revive(endpoint_id, event_id):
                name = delivery_name(endpoint_id, event_id)
                return Rejected(NotFoundError(resource="webhook delivery", identifier=name))
            _publish(unit, origin, actions.DELIVERIES_REVIVED, endpoint, {"event": str(event_id), "count": 1})
            return WebhookAnswer(endpoint=endpoint, event_id=event_id, count=1)

        asked = _Asked(actions.DELIVERIES_REVIVED, endpoint_id, {"event": str(event_id)})
        return self._answer(asked, _on(endpoint_id, decide), origin, idempotency_key)

    def recover(
        self,
        endpoint_id: WebhookEndpointId,
        since: datetime,
        *,
        origin: Origin = LIBRARY,
        idempotency_key: str | None = None,
    ) -> Accepted[WebhookAnswer]:
        """Send once more what failed or was skipped since then, at most 10,000 events, the oldest first.

        Raises:
            NotFoundError: there is no such endpoint.
        """

        def decide(unit: WebhookUnit, origin: Origin, endpoint: WebhookEndpoint) -> WebhookAnswer:
            count = unit.revive_since(endpoint_id, since, limit=RECOVERED_AT_ONCE)
            _publish(unit, origin, actions.DELIVERIES_REVIVED, endpoint, {"since": since.isoformat(), "count": count})
            return WebhookAnswer(endpoint=endpoint, count=count)

        asked = _Asked(actions.DELIVERIES_REVIVED, endpoint_id, {"since": since.isoformat()})
        return self._answer(asked, _on(endpoint_id, decide), origin, idempotency_key)

    def _require_url(self, url: str | None) -> None:
        problem = "missing" if url is None else self.find_problem(url)
        if problem is not None:
            raise InvalidRequestError(pointer="/url", detail=f"nothing is sent to this address: {problem}")

    def _answer(
        self, asked: "_Asked", decide: Decide, origin: Origin, idempotency_key: str | None
    ) -> Accepted[WebhookAnswer]:
        key = key_of(origin, idempotency_key)
        return answer_once(
            self.units, key, asked.fingerprint(), lambda unit: _Administering(unit, asked, decide, origin)
        )


@dataclass(frozen=True, slots=True)
class _Asked:
    action: Action
    endpoint_id: WebhookEndpointId | None
    facts: Mapping[str, object]

    def fingerprint(self) -> bytes:
        """SHA-256 of all that is asked, without the key."""
        asked = [self.action.name, str(self.endpoint_id), self.facts]
        return sha256(json.dumps(asked, sort_keys=True).encode()).digest()


@dataclass(frozen=True, slots=True)
class _Administering(KeyedTask[WebhookAnswer]):
    unit: WebhookUnit
    asked: _Asked
    decision: Decide
    origin: Origin

    def decide(self) -> WebhookAnswer | Rejected:
        return self.decision(self.unit, self.origin)

    def refused(self, reason: BankcoreError) -> CommandRefused:
        endpoint_id = self.asked.endpoint_id
        subject = None if endpoint_id is None else Subject("webhook_endpoint", endpoint_id)
        return CommandRefused(self.unit.new_stamp(self.origin), self.asked.action, subject, reason)

    def encode(self, value: WebhookAnswer) -> bytes:
        return encode_answer(value)

    def decode(self, encoded: bytes) -> WebhookAnswer:
        return decode_answer(encoded)


def _on(
    endpoint_id: WebhookEndpointId,
    decide: Callable[[WebhookUnit, Origin, WebhookEndpoint], WebhookAnswer | Rejected],
) -> Decide:
    """Decide about that endpoint, under its lock."""

    def decide_locked(unit: WebhookUnit, origin: Origin) -> WebhookAnswer | Rejected:
        endpoint = unit.lock_endpoint(endpoint_id)
        if endpoint is None:
            return Rejected(NotFoundError(resource="webhook endpoint", identifier=str(endpoint_id)))
        return decide(unit, origin, endpoint)

    return decide_locked


def _publish(
    unit: WebhookUnit,
    origin: Origin,
    action: Action,
    endpoint: WebhookEndpoint,
    facts: Mapping[str, str | int] | None = None,
) -> None:
    unit.publish([WebhookEndpointChanged(unit.new_stamp(origin), action, endpoint, facts or {})])
