"""Dead letters: events that a consumer failed on too often, kept until somebody has them tried again."""

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
    """An event that a consumer did not get done; `last_error` says why in words that hold no personal data."""

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
        """Those of that consumer, or of all, the oldest first, from after that one on."""

    @abstractmethod
    def redrive(
        self, delivery_id: DeliveryId, *, origin: Origin, idempotency_key: str | None = None
    ) -> Accepted[DeliveryId]:
        """Let it be tried again from the start, or answer again if this key had it done before.

        Who asked is recorded in the audit log, and so is a refusal. The delivery comes out of its turn: later ones of
        the account have been delivered meanwhile.

        Raises:
            NotFoundError: there is no such dead letter.
            IdempotencyKeyReusedError: the key was used for something else.
            IdempotencyInProgressError: the first request with the key is still running.
        """
