"""What webhooks need from outside: endpoints, secrets and deliveries in units of work, and reads of them."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from bankcore.idempotency.ports import UnitOfWork, Units
from bankcore.webhooks.deliveries import DueWebhook, SettledAttempt, WebhookDelivery, WebhookStatus
from bankcore.webhooks.endpoints import WebhookEndpoint, WebhookEndpointId
from bankcore.webhooks.messages import WebhookMessage


class WebhookUnit(UnitOfWork, Protocol):
    """Endpoints and deliveries of one tenant inside one unit of work."""

    @abstractmethod
    def new_endpoint_id(self) -> WebhookEndpointId:
        """An id that nothing has."""

    @abstractmethod
    def count_endpoints(self) -> int:
        """How many endpoints there are."""

    @abstractmethod
    def add_endpoint(self, endpoint: WebhookEndpoint) -> None:
        """Add a new one."""

    @abstractmethod
    def lock_endpoint(self, endpoint_id: WebhookEndpointId) -> WebhookEndpoint | None:
        """Lock the endpoint until this unit of work ends, and return it as it is now."""

    @abstractmethod
    def update_endpoint(self, endpoint: WebhookEndpoint) -> None:
        """Write how a locked endpoint is now."""

    @abstractmethod
    def remove_endpoint(self, endpoint_id: WebhookEndpointId) -> None:
        """Remove a locked endpoint, with its secrets and all that was owed to it."""

    @abstractmethod
    def keep_secrets(self, endpoint_id: WebhookEndpointId, secrets: bytes) -> None:
        """Keep these secrets, encrypted, in the place of those before."""

    @abstractmethod
    def find_secrets(self, endpoint_id: WebhookEndpointId) -> bytes | None:
        """The secrets of the endpoint."""

    @abstractmethod
    def owe(self, messages: Sequence[WebhookMessage]) -> None:
        """Owe each message to every endpoint that wants it and was there when the event happened; each once.

        What a disabled endpoint wants is skipped, and can be recovered.
        """

    @abstractmethod
    def owe_to(self, endpoint_id: WebhookEndpointId, message: WebhookMessage) -> None:
        """Owe a message to that endpoint alone."""

    @abstractmethod
    def revive(self, endpoint_id: WebhookEndpointId, event_id: UUID) -> bool:
        """Make the delivery due, whatever became of it. Returns whether there is one."""

    @abstractmethod
    def revive_since(self, endpoint_id: WebhookEndpointId, since: datetime, *, limit: int) -> int:
        """Make due what failed or was skipped of events since then, the oldest first. Returns how many."""

    @abstractmethod
    def take_due(
        self, places: Mapping[WebhookEndpointId, int], *, otherwise: int, most: int, lease: timedelta
    ) -> Sequence[DueWebhook]:
        """Begin an attempt on what is due: for each enabled endpoint at most so many, what is due for longest first,
        and no more than `most` for all together.

        Nobody else gets them before the lease is over; without a result by then, they are due again.
        """

    @abstractmethod
    def settle(self, attempts: Sequence[SettledAttempt]) -> None:
        """Record these attempts, and how their deliveries go on; one that is recorded already, or is not the latest of
        its delivery, is left out.
        """


WebhookUnits = Units[WebhookUnit]
"""Runs a piece of the work of webhooks in a unit of work of its own."""


class WebhookQueries(Protocol):
    """Reads of one tenant's endpoints and deliveries."""

    @abstractmethod
    def get_endpoint(self, endpoint_id: WebhookEndpointId) -> WebhookEndpoint:
        """The endpoint. Raises: NotFoundError."""

    @abstractmethod
    def list_endpoints(self, *, before: WebhookEndpointId | None = None, limit: int) -> Sequence[WebhookEndpoint]:
        """The endpoints, the latest first, from just before the given one."""

    @abstractmethod
    def list_deliveries(
        self,
        endpoint_id: WebhookEndpointId,
        *,
        status: WebhookStatus | None = None,
        before: UUID | None = None,
        limit: int,
    ) -> Sequence[WebhookDelivery]:
        """What the endpoint was told or is owed, the latest event first, from just before that one.

        Raises:
            NotFoundError: there is no such endpoint.
        """
