"""Dead letters: events that a consumer failed on too often, kept until an operator has them tried again."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NewType, Protocol
from uuid import UUID

from bankcore.idempotency.answers import Accepted
from bankcore.identifiers import AccountId, EventId
from bankcore.origin import Origin

DeliveryId = NewType("DeliveryId", UUID)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """An event that a consumer failed on; `last_error` has the cause without personal data."""

    id: DeliveryId
    consumer: str
    event_id: EventId
    account_id: AccountId | None
    sequence: int | None
    tries: int
    last_error: str | None
    created_at: datetime
    last_tried_at: datetime


class DeadLetters(Protocol):
    """The dead letters of one tenant."""

    @abstractmethod
    def list_dead(
        self, *, consumer: str | None = None, after: DeliveryId | None = None, limit: int
    ) -> Sequence[DeadLetter]:
        """The dead letters of that consumer, or of all, the oldest first, after the given one."""

    @abstractmethod
    def redrive(
        self, delivery_id: DeliveryId, *, origin: Origin, idempotency_key: str | None = None
    ) -> Accepted[DeliveryId]:
        """Have it tried again from the start. A repeated key gets the first answer again.

        The audit log records who asked, and a refusal too. The event comes out of its turn: later ones of the account
        have been consumed meanwhile.

        Raises:
            NotFoundError: there is no such dead letter.
            IdempotencyKeyReusedError: the key was used for something else.
            IdempotencyInProgressError: the first request with the key is still running.
        """
