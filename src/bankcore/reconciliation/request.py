"""Request: an operator asks for an extra reconciliation."""

from abc import abstractmethod
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final, Protocol

from bankcore.errors import BankcoreError
from bankcore.events.stamps import CommandRefused, Stamp
from bankcore.idempotency.answers import Accepted, KeyedTask, answer_once
from bankcore.idempotency.keys import key_of
from bankcore.idempotency.ports import UnitOfWork, Units
from bankcore.origin import Origin
from bankcore.reconciliation.actions import RECONCILIATION_REQUESTED

_FINGERPRINT: Final = sha256(b"reconciliation.request").digest()


class ReconciliationUnit(UnitOfWork, Protocol):
    """Requests for one tenant's reconciliations inside one unit of work."""

    @abstractmethod
    def request_run(self) -> None:
        """Have a worker reconcile the books as soon as one is free."""


@dataclass(frozen=True, slots=True)
class ReconciliationRequested:
    """An operator asked for a reconciliation."""

    stamp: Stamp


def request_once(
    units: Units[ReconciliationUnit], *, origin: Origin, idempotency_key: str | None
) -> Accepted[datetime]:
    """Ask for a run. Returns when it was asked for; see `Reconciliations.request_run`."""
    key = key_of(origin, idempotency_key)
    return answer_once(units, key, _FINGERPRINT, lambda unit: _Requesting(unit, origin))


@dataclass(frozen=True, slots=True)
class _Requesting(KeyedTask[datetime]):
    unit: ReconciliationUnit
    origin: Origin

    def decide(self) -> datetime:
        self.unit.request_run()
        self.unit.publish([ReconciliationRequested(self.unit.new_stamp(self.origin))])
        return self.unit.opened_at

    def refused(self, reason: BankcoreError) -> CommandRefused:
        return CommandRefused(self.unit.new_stamp(self.origin), RECONCILIATION_REQUESTED, None, reason)

    def encode(self, value: datetime) -> bytes:
        return value.isoformat().encode()

    def decode(self, encoded: bytes) -> datetime:
        return datetime.fromisoformat(encoded.decode())
