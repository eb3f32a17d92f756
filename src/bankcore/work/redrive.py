"""Redrive: an operator has a dead letter tried again."""

from abc import abstractmethod
from dataclasses import dataclass
from hashlib import sha256
from typing import NamedTuple, Protocol
from uuid import UUID

from bankcore.actions import Subject
from bankcore.errors import BankcoreError, NotFoundError
from bankcore.events.stamps import CommandRefused, Stamp
from bankcore.idempotency.answers import Accepted, KeyedTask, Rejected, answer_once
from bankcore.idempotency.keys import key_of
from bankcore.idempotency.ports import UnitOfWork, Units
from bankcore.identifiers import EventId
from bankcore.origin import Origin
from bankcore.work.actions import DELIVERY_REDRIVEN
from bankcore.work.dead_letters import DeliveryId


class Redriven(NamedTuple):
    """The event that is tried again, and the consumer that failed on it."""

    consumer: str
    event_id: EventId


class DeadLetterUnit(UnitOfWork, Protocol):
    """Dead letters of one tenant inside one unit of work."""

    @abstractmethod
    def redrive(self, delivery_id: DeliveryId) -> Redriven | None:
        """Have it tried again from the start; None if there is no such dead letter."""


@dataclass(frozen=True, slots=True)
class DeliveryRedriven:
    """An operator had a dead letter tried again."""

    stamp: Stamp
    delivery_id: DeliveryId
    redriven: Redriven


def redrive_once(
    units: Units[DeadLetterUnit], delivery_id: DeliveryId, *, origin: Origin, idempotency_key: str | None
) -> Accepted[DeliveryId]:
    """Let the dead letter be tried again; see `DeadLetters.redrive`."""
    fingerprint = sha256(b"delivery.redrive\0" + delivery_id.bytes).digest()
    key = key_of(origin, idempotency_key)
    return answer_once(units, key, fingerprint, lambda unit: _Redriving(unit, delivery_id, origin))


@dataclass(frozen=True, slots=True)
class _Redriving(KeyedTask[DeliveryId]):
    unit: DeadLetterUnit
    delivery_id: DeliveryId
    origin: Origin

    def decide(self) -> DeliveryId | Rejected:
        redriven = self.unit.redrive(self.delivery_id)
        if redriven is None:
            return Rejected(NotFoundError(resource="dead letter", identifier=str(self.delivery_id)))
        self.unit.publish([DeliveryRedriven(self.unit.new_stamp(self.origin), self.delivery_id, redriven)])
        return self.delivery_id

    def refused(self, reason: BankcoreError) -> CommandRefused:
        subject = Subject("delivery", self.delivery_id)
        return CommandRefused(self.unit.new_stamp(self.origin), DELIVERY_REDRIVEN, subject, reason)

    def encode(self, value: DeliveryId) -> bytes:
        return value.bytes

    def decode(self, encoded: bytes) -> DeliveryId:
        return DeliveryId(UUID(bytes=encoded))
