"""What every keyed task of approvals shares: its refusals and its answer, which is the approval as it is then."""

from dataclasses import dataclass
from uuid import UUID

from bankcore.actions import Action, Subject
from bankcore.approvals.approvals import Approval, ApprovalId
from bankcore.approvals.events import ApprovalMoved
from bankcore.approvals.ports import ApprovalUnit
from bankcore.errors import BankcoreError, LedgerInvariantError
from bankcore.events.stamps import CommandRefused
from bankcore.idempotency.answers import KeyedTask
from bankcore.origin import Origin


@dataclass(frozen=True, slots=True)
class ApprovalTask(KeyedTask[Approval]):
    """One deed on an approval in its unit of work."""

    unit: ApprovalUnit
    action: Action
    origin: Origin

    @property
    def subject(self) -> Subject | None:
        """The approval, once there is one."""
        return None

    def record(self, approval: Approval) -> Approval:
        """Record the deed, and return how the approval stands after it."""
        self.unit.publish([ApprovalMoved(self.unit.new_stamp(self.origin), self.action, approval)])
        return approval

    def refused(self, reason: BankcoreError) -> CommandRefused:
        """The deed, its reason, and the approval if there is one."""
        return CommandRefused(self.unit.new_stamp(self.origin), self.action, self.subject, reason)

    def encode(self, value: Approval) -> bytes:
        """Its id."""
        return value.id.bytes

    def decode(self, encoded: bytes) -> Approval:
        """The approval as it is now."""
        approval = self.unit.find_approval(ApprovalId(UUID(bytes=encoded)))
        if approval is None:
            raise LedgerInvariantError("an approval is remembered that is not there")
        return approval.as_of(self.unit.opened_at)
