"""The unit of work of webhooks on PostgreSQL, and reads of endpoints and deliveries."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from typing_extensions import override

from bankcore.errors import NotFoundError
from bankcore.webhooks.deliveries import DueWebhook, SettledAttempt, WebhookDelivery, WebhookStatus
from bankcore.webhooks.endpoints import WebhookEndpoint, WebhookEndpointId
from bankcore.webhooks.messages import WebhookMessage
from bankcore.webhooks.ports import WebhookQueries, WebhookUnit
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.db.transactions import Transactions
from bankcore_infra.encryption.secret_store import SecretStore
from bankcore_infra.sql_unit import SqlUnit
from bankcore_infra.units import SqlUnits, UnitParts
from bankcore_infra.webhooks import deliveries, endpoints
from bankcore_infra.webhooks.locks import lock_webhook_endpoint
from bankcore_infra.webhooks.records import RECORDS

PURPOSE: Final = "webhook"
"""What the secrets of endpoints are for, in the one store of secrets."""


class SqlWebhookUnit(SqlUnit, WebhookUnit):
    """Endpoints and deliveries of one tenant inside one transaction."""

    def __init__(self, connection: TenantConnection, parts: UnitParts, secrets: SecretStore) -> None:
        super().__init__(connection, parts, RECORDS)
        self._secrets = secrets

    @override
    def new_endpoint_id(self) -> WebhookEndpointId:
        return WebhookEndpointId(self._parts.ids.new_id())

    @override
    def count_endpoints(self) -> int:
        return endpoints.count_endpoints(self._connection)

    @override
    def add_endpoint(self, endpoint: WebhookEndpoint) -> None:
        endpoints.add_endpoint(self._connection, endpoint)

    @override
    def lock_endpoint(self, endpoint_id: WebhookEndpointId) -> WebhookEndpoint | None:
        row = lock_webhook_endpoint(self._connection.sql, self._connection.tenant_id, endpoint_id)
        return None if row is None else endpoints.endpoint_of(row)

    @override
    def update_endpoint(self, endpoint: WebhookEndpoint) -> None:
        endpoints.update_endpoint(self._connection, endpoint)

    @override
    def remove_endpoint(self, endpoint_id: WebhookEndpointId) -> None:
        self._secrets.forget(self._connection, PURPOSE, endpoint_id)
        endpoints.remove_endpoint(self._connection, endpoint_id)

    @override
    def keep_secrets(self, endpoint_id: WebhookEndpointId, secrets: bytes) -> None:
        self._secrets.keep(self._connection, PURPOSE, endpoint_id, secrets)

    @override
    def find_secrets(self, endpoint_id: WebhookEndpointId) -> bytes | None:
        return self._secrets.find(self._connection, PURPOSE, endpoint_id)

    @override
    def owe(self, messages: Sequence[WebhookMessage]) -> None:
        deliveries.owe(self._connection, messages)

    @override
    def owe_to(self, endpoint_id: WebhookEndpointId, message: WebhookMessage) -> None:
        deliveries.owe_to(self._connection, endpoint_id, message)

    @override
    def revive(self, endpoint_id: WebhookEndpointId, event_id: UUID) -> bool:
        return deliveries.revive(self._connection, endpoint_id, event_id)

    @override
    def revive_since(self, endpoint_id: WebhookEndpointId, since: datetime, *, limit: int) -> int:
        return deliveries.revive_since(self._connection, endpoint_id, since, limit=limit)

    @override
    def take_due(
        self, places: Mapping[WebhookEndpointId, int], *, otherwise: int, most: int, lease: timedelta
    ) -> Sequence[DueWebhook]:
        return deliveries.take_due(self._connection, places, otherwise=otherwise, most=most, lease=lease)

    @override
    def settle(self, attempts: Sequence[SettledAttempt]) -> None:
        deliveries.settle(self._connection, attempts)


class SqlWebhookUnits(SqlUnits[SqlWebhookUnit]):
    """Units of work of webhooks, in transactions of one tenant."""

    def __init__(self, transactions: Transactions, parts: UnitParts, secrets: SecretStore) -> None:
        super().__init__(transactions, parts.signals, lambda connection: SqlWebhookUnit(connection, parts, secrets))


class SqlWebhookQueries(WebhookQueries):
    """The webhooks of one tenant, in read-only transactions."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    @override
    def get_endpoint(self, endpoint_id: WebhookEndpointId) -> WebhookEndpoint:
        return self._transactions.rehearse(lambda connection: _get_endpoint(connection, endpoint_id))

    @override
    def list_endpoints(self, *, before: WebhookEndpointId | None = None, limit: int) -> Sequence[WebhookEndpoint]:
        return self._transactions.rehearse(
            lambda connection: endpoints.list_endpoints(connection, before=before, limit=limit)
        )

    @override
    def list_deliveries(
        self,
        endpoint_id: WebhookEndpointId,
        *,
        status: WebhookStatus | None = None,
        before: UUID | None = None,
        limit: int,
    ) -> Sequence[WebhookDelivery]:
        def find(connection: TenantConnection) -> Sequence[WebhookDelivery]:
            _get_endpoint(connection, endpoint_id)
            return deliveries.list_deliveries(connection, endpoint_id, status=status, before=before, limit=limit)

        return self._transactions.rehearse(find)


def _get_endpoint(connection: TenantConnection, endpoint_id: WebhookEndpointId) -> WebhookEndpoint:
    found = endpoints.find_endpoint(connection, endpoint_id)
    if found is None:
        raise NotFoundError(resource="webhook endpoint", identifier=str(endpoint_id))
    return found
