"""Deciding: a second person approves or rejects what the first one wants, or the first one withdraws it."""

from abc import abstractmethod
from dataclasses import dataclass, replace
from typing import Final

from bankcore.actions import Subject
from bankcore.approvals.approvals import Approval, ApprovalId, ApprovalStatus, Ending
from bankcore.approvals.keyed import ApprovalTask
from bankcore.errors import InvalidStateError, NotFoundError
from bankcore.idempotency.answers import Rejected
from bankcore.identity.refusals import SecondPersonRequiredError
from bankcore.ledger.outcomes import accepted_transaction
from bankcore.ledger.transactions import Source

SOURCE_TYPE: Final = "approval"
"""The permanent name of the transaction is its approval, so the books themselves move its money once."""


@dataclass(frozen=True, slots=True)
class _DecidingApproval(ApprovalTask):
    approval_id: ApprovalId

    @property
    def subject(self) -> Subject:
        return Subject("approval", self.approval_id)

    def decide(self) -> Approval | Rejected:
        """Lock the approval, and decide on what is there then: of two that come at once, the second finds it ended."""
        locked = self.unit.lock_approval(self.approval_id)
        if locked is None or not self._is_shown(locked):
            return Rejected(NotFoundError(resource="approval", identifier=str(self.approval_id)))
        approval = locked.as_of(self.unit.opened_at)
        try:
            approval.require_pending()
        except InvalidStateError as refusal:
            return Rejected(refusal)
        return self._end(approval)

    def _is_shown(self, approval: Approval) -> bool:  # noqa: ARG002 - only some deeds are for some people
        return True

    @abstractmethod
    def _end(self, approval: Approval) -> Approval | Rejected: ...

    def _ending(self, reason: str | None = None) -> Ending:
        return Ending(by=self.origin.actor_id, at=self.unit.opened_at, reason=reason)

    def _store(self, ended: Approval) -> Approval:
        self.unit.end_approval(ended)
        return self.record(ended)


@dataclass(frozen=True, slots=True)
class Approving(_DecidingApproval):
    """Moves the money in the same unit of work. If the ledger refuses, the approval waits as before."""

    def _end(self, approval: Approval) -> Approval | Rejected:
        if self._is_involved(approval):
            return Rejected(SecondPersonRequiredError())
        command = replace(approval.command, source=Source(SOURCE_TYPE, str(approval.id)))
        # It reaches no further than the request did, however far the second person's own permission reaches.
        origin = replace(self.origin, owner_id=approval.owner_id)
        (outcome,) = self.unit.ledger.execute([command], origin=origin)
        if isinstance(outcome, Rejected):
            return outcome
        transaction = accepted_transaction(outcome)
        return self._store(approval.ended(ApprovalStatus.APPROVED, self._ending(), transaction.id))

    def _is_involved(self, approval: Approval) -> bool:
        """Whether the one who decides wanted it, or owns an account that it touches."""
        accounts = map(self.unit.find_account, approval.account_ids)
        owners = {account.owner_id for account in accounts if account is not None}
        return not {self.origin.requester, self.origin.actor_id}.isdisjoint({approval.requested_by, *owners})


@dataclass(frozen=True, slots=True)
class Rejecting(_DecidingApproval):
    """Ends it for a reason; nothing moves."""

    reason: str

    def _end(self, approval: Approval) -> Approval:
        return self._store(approval.ended(ApprovalStatus.REJECTED, self._ending(self.reason)))


@dataclass(frozen=True, slots=True)
class Withdrawing(_DecidingApproval):
    """Ends it by the one who wanted it; to anybody else it is not there."""

    def _is_shown(self, approval: Approval) -> bool:
        # Releases of before kept the key that a service had used.
        return approval.requested_by in {self.origin.requester, self.origin.actor_id}

    def _end(self, approval: Approval) -> Approval:
        return self._store(approval.ended(ApprovalStatus.WITHDRAWN, self._ending()))
