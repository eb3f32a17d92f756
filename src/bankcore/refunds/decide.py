"""DecideRefund: a person who looked at the provider says how a refund ended that nobody else could find out."""

from dataclasses import KW_ONLY, dataclass, field
from enum import StrEnum
from hashlib import sha256
from typing import Final
from uuid import UUID

from bankcore.actions import Subject
from bankcore.arguments import require_a, require_id
from bankcore.errors import BankcoreError, InvalidStateError, NotFoundError
from bankcore.events.stamps import CommandRefused
from bankcore.idempotency.answers import Accepted, KeyedTask, Rejected, answer_once
from bankcore.idempotency.keys import key_of, require_key
from bankcore.identity.refusals import SecondPersonRequiredError
from bankcore.ledger.amount_checks import AmountCheck, any_amount
from bankcore.origin import LIBRARY, Origin
from bankcore.payments.events import PersonsWord
from bankcore.refunds import actions
from bankcore.refunds.findings import RefundFinding
from bankcore.refunds.moving import RefundCause, move_refund, there
from bankcore.refunds.ports import RefundUnit, RefundUnits
from bankcore.refunds.refunds import PaymentRefund, PaymentRefundId, RefundStage
from bankcore.refunds.settle import settle_refund

BY_HAND: Final = "decided_by_hand"
"""Why a refund failed of which a person said so."""


class RefundEnd(StrEnum):
    """How a refund ended."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class DecideRefund:
    """The refund ended so. `evidence` says where it can be seen, such as a page of the provider or a letter."""

    refund_id: PaymentRefundId
    end: RefundEnd
    _: KW_ONLY
    reason: str
    evidence: str | None = None
    idempotency_key: str | None = None
    word: PersonsWord = field(init=False)

    def __post_init__(self) -> None:
        """Refuse what is no end, unusable text, and an invalid key."""
        require_id(self.refund_id, "/refundId")
        require_a(RefundEnd, self.end, "/outcome", "how it ended is written RefundEnd.SUCCEEDED")
        object.__setattr__(self, "word", PersonsWord(self.reason, self.evidence))
        if self.idempotency_key is not None:
            require_key(self.idempotency_key)

    def fingerprint(self) -> bytes:
        """SHA-256 of all that is asked, without the key."""
        said = (str(self.refund_id), self.end, self.reason, self.evidence or "")
        return sha256("\0".join(("decide_refund", *said)).encode()).digest()


@dataclass(frozen=True, slots=True)
class DecideRefunds:
    """Ends refunds of one tenant by what a person found out."""

    units: RefundUnits

    def __call__(
        self, command: DecideRefund, *, origin: Origin = LIBRARY, check_amount: AmountCheck = any_amount
    ) -> Accepted[PaymentRefund]:
        """End a refund that a person is asked to look at; the books follow in the same unit of work.

        One that had ended and is contradicted by its provider stays as it ended: whoever looked says so again, and it
        needs no person any more. If the ledger refuses, it stays as it was, and `problem` says why. `check_amount` is
        given what would be taken from the account; whatever it raises is raised, and nothing was recorded.

        Raises:
            NotFoundError: there is no such refund.
            SecondPersonRequiredError: its money is on an account of the same person.
            InvalidStateError: it ended otherwise, or nobody is asked yet: its provider still is.
            IdempotencyKeyReusedError, IdempotencyInProgressError: the key is in use.
            UnavailableError, OutcomeUnknownError: send it again.
        """
        key = key_of(origin, command.idempotency_key)
        return answer_once(
            self.units, key, command.fingerprint(), lambda unit: _DecidingRefund(unit, command, origin, check_amount)
        )


@dataclass(frozen=True, slots=True)
class _DecidingRefund(KeyedTask[PaymentRefund]):
    unit: RefundUnit
    command: DecideRefund
    origin: Origin
    check_amount: AmountCheck

    def decide(self) -> PaymentRefund | Rejected:
        refund = self.unit.lock_refund(self.command.refund_id)
        if refund is None:
            return Rejected(NotFoundError(resource="refund", identifier=str(self.command.refund_id)))
        stage = RefundStage(self.command.end.value)
        is_other_end = refund.stage.is_over and refund.stage is not stage
        if is_other_end or refund.review_since is None:
            return Rejected(InvalidStateError(resource="refund", identifier=str(refund.id), state=refund.stage))
        if refund.owner_id == self.origin.actor_id:
            return Rejected(SecondPersonRequiredError())
        cause = RefundCause(self.origin, self.command.word)
        if refund.stage.is_over:
            return move_refund(self.unit, refund, refund.reviewed(), actions.REFUND_DECIDED, cause)
        if stage is RefundStage.SUCCEEDED:
            self.check_amount([refund.amount])
        return settle_refund(self.unit, refund, RefundFinding(stage=stage, code=BY_HAND), cause)

    def refused(self, reason: BankcoreError) -> CommandRefused:
        subject = Subject("refund", self.command.refund_id)
        return CommandRefused(self.unit.new_stamp(self.origin), actions.REFUND_DECIDED, subject, reason)

    def encode(self, value: PaymentRefund) -> bytes:
        return value.id.bytes

    def decode(self, encoded: bytes) -> PaymentRefund:
        return there(self.unit.find_refund(PaymentRefundId(UUID(bytes=encoded))), "a refund that is remembered")
