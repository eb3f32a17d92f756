"""A person says how a disbursement ended that its provider does not settle, and the books follow.

A person is believed, so it is another one than who wanted the money, and it is written down why, and on what evidence.
"""

from dataclasses import KW_ONLY, dataclass, field, replace
from enum import StrEnum
from hashlib import sha256
from typing import Final

from bankcore.arguments import require_id
from bankcore.disbursements import actions
from bankcore.disbursements.decide import DecidingDisbursement
from bankcore.disbursements.disbursements import Disbursement, DisbursementId, DisbursementStatus
from bankcore.disbursements.moving import move
from bankcore.disbursements.postings import give_back, put_back, take
from bankcore.idempotency.answers import Rejected
from bankcore.identifiers import TenantId
from bankcore.identity.refusals import SecondPersonRequiredError
from bankcore.ledger.command import elements
from bankcore.ledger.outcomes import accepted_transaction
from bankcore.payments.events import PersonsWord

BY_PERSON: Final = "by_person"
"""Why a disbursement failed of which a person said so."""


class DisbursementVerdict(StrEnum):
    """How a disbursement ended, as a person found out."""

    PAID = "paid"
    """The payee has the money."""
    FAILED = "failed"
    """The payee has nothing of it, or has given it back."""


@dataclass(frozen=True, slots=True)
class ResolveDisbursement:
    """Settle that one so. `evidence` says where it can be seen, such as a page of the provider or a letter."""

    disbursement_id: DisbursementId
    verdict: DisbursementVerdict
    _: KW_ONLY
    reason: str
    evidence: str | None = None
    word: PersonsWord = field(init=False)

    def __post_init__(self) -> None:
        """Refuse an id that is none, and unusable text."""
        require_id(self.disbursement_id, "/disbursementId")
        object.__setattr__(self, "word", PersonsWord(self.reason, self.evidence))

    def fingerprint(self) -> bytes:
        """SHA-256 of all that is asked."""
        said = elements(str(self.disbursement_id), self.verdict, self.reason, self.evidence or "")
        return sha256(f'["resolve_disbursement",{said}]'.encode()).digest()


@dataclass(frozen=True, slots=True)
class ResolvingDisbursement(DecidingDisbursement):
    """Settles one that needs review."""

    command: ResolveDisbursement
    tenant_id: TenantId

    def _is_open(self, disbursement: Disbursement) -> bool:
        if disbursement.review_since is None:
            return False
        # What failed was given back: if the payee has it after all, that money is taken back by a posting of its own.
        is_paid = self.command.verdict is DisbursementVerdict.PAID
        return not (is_paid and disbursement.status is DisbursementStatus.FAILED)

    def _end(self, disbursement: Disbursement) -> Disbursement | Rejected:
        if disbursement.is_of(self.origin.actor_id):
            return Rejected(SecondPersonRequiredError())
        is_booked = disbursement.status is DisbursementStatus.PAID
        if self.command.verdict is DisbursementVerdict.PAID:
            return self._told(disbursement, disbursement) if is_booked else self._pay(disbursement)
        return self._put_back(disbursement) if is_booked else self._fail(disbursement)

    def _pay(self, disbursement: Disbursement) -> Disbursement | Rejected:
        outcome = take(self.unit.ledger, self.tenant_id, disbursement, self.origin)
        if isinstance(outcome, Rejected):
            return outcome
        paid = disbursement.moved(DisbursementStatus.PAID)
        return self._told(disbursement, replace(paid, transaction_id=accepted_transaction(outcome).id))

    def _put_back(self, disbursement: Disbursement) -> Disbursement | Rejected:
        outcome = put_back(self.unit.ledger, disbursement, self.origin)
        if isinstance(outcome, Rejected):
            return outcome
        back = disbursement.moved(DisbursementStatus.RETURNED)
        return self._told(disbursement, replace(back, return_id=accepted_transaction(outcome).id))

    def _fail(self, disbursement: Disbursement) -> Disbursement:
        if disbursement.status is DisbursementStatus.FAILED:
            return self._told(disbursement, disbursement)
        give_back(self.unit.ledger, disbursement, self.origin)
        return self._told(disbursement, replace(disbursement.moved(DisbursementStatus.FAILED), code=BY_PERSON))

    def _told(self, before: Disbursement, after: Disbursement) -> Disbursement:
        # The provider is asked no more, unless it tells something: it has been asked, and a person knows better.
        resolved = replace(after.reviewed(), due_at=None)
        action = _ACTIONS[after.status] if after.status is not before.status else actions.DISBURSEMENT_RESOLVED
        return move(self.unit, before, resolved, action, self.origin, told=self.command.word)


_ACTIONS: Final = {
    DisbursementStatus.PAID: actions.DISBURSEMENT_PAID,
    DisbursementStatus.FAILED: actions.DISBURSEMENT_FAILED,
    DisbursementStatus.RETURNED: actions.DISBURSEMENT_RETURNED,
}
