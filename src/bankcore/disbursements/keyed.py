"""What every keyed task of disbursements shares: its refusals and its answer, which is the disbursement as it is."""

from dataclasses import dataclass
from uuid import UUID

from bankcore.actions import Action, Subject
from bankcore.disbursements.disbursements import Disbursement, DisbursementId
from bankcore.disbursements.ports import DisbursementUnit
from bankcore.errors import BankcoreError, LedgerInvariantError
from bankcore.events.stamps import CommandRefused
from bankcore.idempotency.answers import KeyedTask
from bankcore.origin import Origin


@dataclass(frozen=True, slots=True)
class DisbursementTask(KeyedTask[Disbursement]):
    """One deed on a disbursement in its unit of work."""

    unit: DisbursementUnit
    action: Action
    origin: Origin

    @property
    def subject(self) -> Subject | None:
        """The disbursement, once there is one."""
        return None

    def refused(self, reason: BankcoreError) -> CommandRefused:
        """The deed, its reason, and the disbursement if there is one."""
        return CommandRefused(self.unit.new_stamp(self.origin), self.action, self.subject, reason)

    def encode(self, value: Disbursement) -> bytes:
        """Its id."""
        return value.id.bytes

    def decode(self, encoded: bytes) -> Disbursement:
        """The disbursement as it is now."""
        disbursement = self.unit.find_disbursement(DisbursementId(UUID(bytes=encoded)))
        if disbursement is None:
            raise LedgerInvariantError("a disbursement is remembered that is not there")
        return disbursement
