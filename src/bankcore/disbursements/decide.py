"""Deciding: another person approves or rejects, or the one who wanted it withdraws."""

from abc import abstractmethod
from dataclasses import dataclass, replace

from bankcore.actions import Subject
from bankcore.disbursements.disbursements import Disbursement, DisbursementDecision, DisbursementId, DisbursementStatus
from bankcore.disbursements.keyed import DisbursementTask
from bankcore.disbursements.moving import move
from bankcore.disbursements.postings import give_back, keep_aside
from bankcore.errors import NotFoundError
from bankcore.idempotency.answers import Rejected
from bankcore.identity.refusals import SecondPersonRequiredError


@dataclass(frozen=True, slots=True)
class DecidingDisbursement(DisbursementTask):
    """A deed of a person on a locked disbursement."""

    disbursement_id: DisbursementId

    @property
    def subject(self) -> Subject:
        """The disbursement."""
        return Subject("disbursement", self.disbursement_id)

    def decide(self) -> Disbursement | Rejected:
        """Lock it, and decide on what is there then: of two that come at once, the second finds it decided."""
        disbursement = self.unit.lock_disbursement(self.disbursement_id)
        if disbursement is None or not self._is_shown(disbursement):
            return Rejected(NotFoundError(resource="disbursement", identifier=str(self.disbursement_id)))
        if not self._is_open(disbursement):
            return Rejected(disbursement.contradicted())
        return self._end(disbursement)

    def _is_shown(self, disbursement: Disbursement) -> bool:  # noqa: ARG002 - only some deeds are for some people
        return True

    def _is_open(self, disbursement: Disbursement) -> bool:
        """Whether there is something to decide: a request that nobody has decided."""
        return disbursement.status is DisbursementStatus.PENDING_APPROVAL

    @abstractmethod
    def _end(self, disbursement: Disbursement) -> Disbursement | Rejected: ...

    def _store(self, disbursement: Disbursement, status: DisbursementStatus, reason: str | None = None) -> Disbursement:
        decision = DisbursementDecision(by=self.origin.actor_id, at=self.unit.opened_at, reason=reason)
        due_at = self.unit.opened_at if status is DisbursementStatus.APPROVED else None
        decided = replace(disbursement.moved(status), decision=decision, due_at=due_at)
        return move(self.unit, disbursement, decided, self.action, self.origin)


@dataclass(frozen=True, slots=True)
class ApprovingDisbursement(DecidingDisbursement):
    """Has it sent. If the money is not held any more, it waits as before, and can only be ended."""

    def _end(self, disbursement: Disbursement) -> Disbursement | Rejected:
        if disbursement.is_of(self.origin.actor_id):
            return Rejected(SecondPersonRequiredError())
        refusal = keep_aside(self.unit.ledger, disbursement, self.origin)
        return refusal or self._store(disbursement, DisbursementStatus.APPROVED)


@dataclass(frozen=True, slots=True)
class RejectingDisbursement(DecidingDisbursement):
    """Ends it for a reason, and gives the money back."""

    reason: str

    def _end(self, disbursement: Disbursement) -> Disbursement:
        give_back(self.unit.ledger, disbursement, self.origin)
        return self._store(disbursement, DisbursementStatus.REJECTED, self.reason)


@dataclass(frozen=True, slots=True)
class WithdrawingDisbursement(DecidingDisbursement):
    """Ends it by the one who wanted it, and gives the money back; to anybody else it is not there."""

    def _is_shown(self, disbursement: Disbursement) -> bool:
        return disbursement.requested_by == self.origin.actor_id

    def _end(self, disbursement: Disbursement) -> Disbursement:
        give_back(self.unit.ledger, disbursement, self.origin)
        return self._store(disbursement, DisbursementStatus.WITHDRAWN)
