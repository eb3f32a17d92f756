"""Webhooks in memory: the real rules, on endpoints and deliveries that vanish with the test."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from bankcore.errors import NotFoundError
from bankcore.testing.bank import InMemoryBank
from bankcore.testing.sections import Section
from bankcore.testing.unit_of_work import InMemoryLedgerUnit
from bankcore.testing.units import InMemoryUnit, InMemoryUnits
from bankcore.webhooks.deliveries import DueWebhook, SettledAttempt, WebhookDelivery, WebhookStatus
from bankcore.webhooks.endpoints import WebhookEndpoint, WebhookEndpointId
from bankcore.webhooks.messages import WebhookMessage
from bankcore.webhooks.ports import WebhookQueries, WebhookUnit
from bankcore.webhooks.service import Webhooks

DeliveryKey = tuple[WebhookEndpointId, UUID]


@dataclass(slots=True)
class InMemoryHooks(Section):
    """The stored endpoints of one tenant, and what is owed to them; every value is immutable."""

    endpoints: dict[WebhookEndpointId, WebhookEndpoint] = field(default_factory=dict)
    secrets: dict[WebhookEndpointId, bytes] = field(default_factory=dict)
    messages: dict[UUID, WebhookMessage] = field(default_factory=dict)
    deliveries: dict[DeliveryKey, WebhookDelivery] = field(default_factory=dict)
    tries: dict[DeliveryKey, int] = field(default_factory=dict)


class InMemoryWebhookUnit(InMemoryUnit, WebhookUnit):
    """Endpoints and deliveries inside one unit of work, on a draft."""

    def __init__(self, ledger_unit: InMemoryLedgerUnit, bank: InMemoryBank, stored: InMemoryHooks) -> None:
        super().__init__(ledger_unit, bank)
        self._draft = ledger_unit.draft.section(stored)

    def new_endpoint_id(self) -> WebhookEndpointId:
        return WebhookEndpointId(self._bank.ids.new_id())

    def count_endpoints(self) -> int:
        return len(self._draft.endpoints)

    def add_endpoint(self, endpoint: WebhookEndpoint) -> None:
        self._draft.endpoints[endpoint.id] = endpoint

    def lock_endpoint(self, endpoint_id: WebhookEndpointId) -> WebhookEndpoint | None:
        return self._draft.endpoints.get(endpoint_id)

    def update_endpoint(self, endpoint: WebhookEndpoint) -> None:
        self._draft.endpoints[endpoint.id] = endpoint

    def remove_endpoint(self, endpoint_id: WebhookEndpointId) -> None:
        del self._draft.endpoints[endpoint_id], self._draft.secrets[endpoint_id]
        for key in [key for key in self._draft.deliveries if key[0] == endpoint_id]:
            del self._draft.deliveries[key], self._draft.tries[key]

    def keep_secrets(self, endpoint_id: WebhookEndpointId, secrets: bytes) -> None:
        self._draft.secrets[endpoint_id] = secrets

    def find_secrets(self, endpoint_id: WebhookEndpointId) -> bytes | None:
        return self._draft.secrets.get(endpoint_id)

    def owe(self, messages: Sequence[WebhookMessage]) -> None:
        for message in messages:
            for endpoint in self._draft.endpoints.values():
                if endpoint.wants(message.type) and message.occurred_at >= endpoint.created_at:
                    self._add(endpoint, message, is_due=endpoint.is_enabled)

    def owe_to(self, endpoint_id: WebhookEndpointId, message: WebhookMessage) -> None:
        self._add(self._draft.endpoints[endpoint_id], message, is_due=True)

    def revive(self, endpoint_id: WebhookEndpointId, event_id: UUID) -> bool:
        found = self._draft.deliveries.get((endpoint_id, event_id))
        if found is not None:
            self._revive(found)
        return found is not None

    def revive_since(self, endpoint_id: WebhookEndpointId, since: datetime, *, limit: int) -> int:
        found = [
            delivery
            for (of_endpoint, event_id), delivery in sorted(self._draft.deliveries.items())
            if of_endpoint == endpoint_id
            and delivery.status in {WebhookStatus.FAILED, WebhookStatus.SKIPPED}
            and self._draft.messages[event_id].occurred_at >= since
        ]
        for delivery in found[:limit]:
            self._revive(delivery)
        return len(found[:limit])

    def take_due(
        self, places: Mapping[WebhookEndpointId, int], *, otherwise: int, most: int, lease: timedelta
    ) -> Sequence[DueWebhook]:
        found: list[tuple[WebhookEndpoint, DeliveryKey]] = []
        for endpoint in self._draft.endpoints.values():
            if endpoint.is_enabled:
                due = sorted(
                    (delivery.next_at, key)
                    for key, delivery in self._draft.deliveries.items()
                    if key[0] == endpoint.id and delivery.next_at is not None and delivery.next_at <= self.opened_at
                )
                found += [(endpoint, key) for _at, key in due[: places.get(endpoint.id, otherwise)]]
        return [self._take(endpoint, key, lease) for endpoint, key in found[:most]]

    def settle(self, attempts: Sequence[SettledAttempt]) -> None:
        for settled in attempts:
            key = (settled.endpoint_id, settled.event_id)
            stored = self._draft.deliveries.get(key)
            number = settled.attempt.number
            if stored is None or stored.next_at is None or stored.attempts != number:
                continue
            if number in {attempt.number for attempt in stored.log}:
                continue
            self._draft.deliveries[key] = replace(
                stored,
                status=settled.status,
                next_at=None if settled.pause is None else self.opened_at + settled.pause,
                log=(settled.attempt, *stored.log),
            )

    def _add(self, endpoint: WebhookEndpoint, message: WebhookMessage, *, is_due: bool) -> None:
        key = (endpoint.id, message.event_id)
        if key in self._draft.deliveries:
            return
        self._draft.messages[message.event_id] = message
        self._draft.tries[key] = 0
        self._draft.deliveries[key] = WebhookDelivery(
            endpoint_id=endpoint.id,
            event_id=message.event_id,
            type=message.type,
            status=WebhookStatus.PENDING if is_due else WebhookStatus.SKIPPED,
            attempts=0,
            next_at=self.opened_at if is_due else None,
            created_at=self.opened_at,
            log=(),
        )

    def _revive(self, delivery: WebhookDelivery) -> None:
        key = (delivery.endpoint_id, delivery.event_id)
        self._draft.tries[key] = 0
        self._draft.deliveries[key] = replace(delivery, status=WebhookStatus.PENDING, next_at=self.opened_at)

    def _take(self, endpoint: WebhookEndpoint, key: DeliveryKey, lease: timedelta) -> DueWebhook:
        begun = replace(
            self._draft.deliveries[key],
            attempts=self._draft.deliveries[key].attempts + 1,
            next_at=self.opened_at + lease,
        )
        self._draft.deliveries[key] = begun
        self._draft.tries[key] += 1
        return DueWebhook(
            endpoint=endpoint,
            event_id=begun.event_id,
            body=self._draft.messages[begun.event_id].body,
            attempt=begun.attempts,
            tries=self._draft.tries[key],
        )


class InMemoryWebhookQueries(WebhookQueries):
    """Reads of what is stored."""

    def __init__(self, stored: InMemoryHooks) -> None:
        self._stored = stored

    def get_endpoint(self, endpoint_id: WebhookEndpointId) -> WebhookEndpoint:
        found = self._stored.endpoints.get(endpoint_id)
        if found is None:
            raise NotFoundError(resource="webhook endpoint", identifier=str(endpoint_id))
        return found

    def list_endpoints(self, *, before: WebhookEndpointId | None = None, limit: int) -> Sequence[WebhookEndpoint]:
        latest = sorted(self._stored.endpoints.values(), key=lambda endpoint: endpoint.id, reverse=True)
        return [endpoint for endpoint in latest if before is None or endpoint.id < before][:limit]

    def list_deliveries(
        self,
        endpoint_id: WebhookEndpointId,
        *,
        status: WebhookStatus | None = None,
        before: UUID | None = None,
        limit: int,
    ) -> Sequence[WebhookDelivery]:
        self.get_endpoint(endpoint_id)
        return [
            delivery
            for (of_endpoint, event_id), delivery in sorted(self._stored.deliveries.items(), reverse=True)
            if of_endpoint == endpoint_id
            and status in {None, delivery.status}
            and (before is None or event_id < before)
        ][:limit]


@dataclass(frozen=True, slots=True, kw_only=True)
class InMemoryWebhooks:
    """One tenant's webhooks, with what a test looks into."""

    stored: InMemoryHooks
    units: InMemoryUnits[InMemoryWebhookUnit]
    service: Webhooks
    queries: InMemoryWebhookQueries


def in_memory_webhooks(bank: InMemoryBank, find_problem: Callable[[str], str | None]) -> InMemoryWebhooks:
    """Webhooks without endpoints for the tenant of that bank; each secret is 32 bytes of the next number."""
    stored = InMemoryHooks()
    bank.books.add_section(stored)
    units = InMemoryUnits(bank, lambda unit: InMemoryWebhookUnit(unit, bank, stored))
    service = Webhooks(units=units, find_problem=find_problem, new_secret=lambda: bank.ids.new_id().bytes * 2)
    return InMemoryWebhooks(stored=stored, units=units, service=service, queries=InMemoryWebhookQueries(stored))
