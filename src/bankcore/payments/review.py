"""ReviewPayments: a person has the provider of a payment asked again, or says what became of the payment.

A person is believed, so it is written down who it was, why, and on what evidence. The money of a payment has the same
source as ever: whoever else comes to know that it was paid moves nothing.
"""

from dataclasses import KW_ONLY, dataclass, field, replace
from enum import StrEnum
from hashlib import sha256
from typing import Final

from bankcore.actions import Action
from bankcore.errors import InvalidStateError
from bankcore.idempotency.answers import Accepted, Rejected, answer_once
from bankcore.idempotency.keys import key_of
from bankcore.identity.refusals import SecondPersonRequiredError
from bankcore.ledger.amount_checks import AmountCheck, any_amount
from bankcore.ledger.outcomes import accepted_transaction
from bankcore.origin import LIBRARY, Origin
from bankcore.payments import actions
from bankcore.payments.attempts import AttemptStatus
from bankcore.payments.changing import PaymentChange
from bankcore.payments.events import PersonsWord
from bankcore.payments.moving import move
from bankcore.payments.payments import Payment, PaymentId, PaymentStatus
from bankcore.payments.ports import PaymentUnit, PaymentUnits
from bankcore.payments.settle import take_command

BY_PERSON: Final = "by_person"
"""Why a payment failed of which a person said so."""


class PaymentVerdict(StrEnum):
    """What became of a payment, as a person found out."""

    COMPLETED = "completed"
    """The provider has the payer's money."""
    FAILED = "failed"
    """The provider took nothing, or has given it back."""


@dataclass(frozen=True, slots=True)
class ResolvePayment:
    """Settle that payment so. `evidence` says where it can be seen, such as a page of the provider or a letter."""

    payment_id: PaymentId
    verdict: PaymentVerdict
    _: KW_ONLY
    reason: str
    evidence: str | None = None
    word: PersonsWord = field(init=False)

    def __post_init__(self) -> None:
        """Refuse unusable text."""
        object.__setattr__(self, "word", PersonsWord(self.reason, self.evidence))

    def fingerprint(self) -> bytes:
        """SHA-256 of all that is asked."""
        said = (str(self.payment_id), self.verdict, self.reason, self.evidence or "")
        return sha256("\0".join(("resolve_payment", *said)).encode()).digest()


@dataclass(frozen=True, slots=True)
class ReviewPayments:
    """What persons do about payments of one tenant."""

    units: PaymentUnits

    def ask(
        self, payment_id: PaymentId, *, origin: Origin = LIBRARY, idempotency_key: str | None = None
    ) -> Accepted[Payment]:
        """Have its provider asked at once, however often it was asked. Nobody waits for the answer.

        Raises:
            NotFoundError: there is no such payment.
            InvalidStateError: nothing is open at its provider.
            IdempotencyKeyReusedError, IdempotencyInProgressError: the key is in use.
            UnavailableError, OutcomeUnknownError: send it again.
        """
        fingerprint = sha256(f"ask_about_payment\0{payment_id}".encode()).digest()
        key = key_of(origin, idempotency_key)
        return answer_once(self.units, key, fingerprint, lambda unit: _Asking(unit, payment_id, origin))

    def resolve(
        self,
        command: ResolvePayment,
        *,
        origin: Origin = LIBRARY,
        idempotency_key: str | None = None,
        check_amount: AmountCheck = any_amount,
    ) -> Accepted[Payment]:
        """Settle a payment that needs review. If it was completed its money is posted, unless it was before.

        `check_amount` is given what would be posted; whatever it raises is raised, and nothing was recorded.

        Raises:
            NotFoundError: there is no such payment.
            SecondPersonRequiredError: the money would be on an account of the same person.
            InvalidStateError: it needs no review, or the verdict contradicts what is settled: money that is booked did
                come, and of an order that had ended it is not known with whom it is.
            RejectedError: the ledger refuses the money, such as for a frozen account; nothing is settled.
            IdempotencyKeyReusedError, IdempotencyInProgressError: the key is in use.
            UnavailableError, OutcomeUnknownError: send it again.
        """
        key = key_of(origin, idempotency_key)
        return answer_once(
            self.units, key, command.fingerprint(), lambda unit: _Resolving(unit, command, origin, check_amount)
        )


@dataclass(frozen=True, slots=True)
class _Asking(PaymentChange):
    unit: PaymentUnit
    payment_id: PaymentId
    origin: Origin

    @property
    def named(self) -> tuple[PaymentId, Action]:
        return self.payment_id, actions.PAYMENT_ASKED

    def decide_about(self, payment: Payment) -> Payment | Rejected:
        if not payment.is_open_at_provider:
            return _contradicted(payment)
        due = replace(payment, due_at=self.unit.opened_at)
        return move(self.unit, payment, due, actions.PAYMENT_ASKED, self.origin)


@dataclass(frozen=True, slots=True)
class _Resolving(PaymentChange):
    unit: PaymentUnit
    command: ResolvePayment
    origin: Origin
    check_amount: AmountCheck

    @property
    def named(self) -> tuple[PaymentId, Action]:
        return self.command.payment_id, actions.PAYMENT_RESOLVED

    def decide_about(self, payment: Payment) -> Payment | Rejected:
        if payment.review_since is None:
            return _contradicted(payment)
        if payment.owner_id == self.origin.actor_id:
            return Rejected(SecondPersonRequiredError())
        is_booked = payment.transaction_id is not None
        if self.command.verdict is PaymentVerdict.COMPLETED:
            if is_booked:
                return self._end(payment, payment, actions.PAYMENT_RESOLVED)
            return self._complete(payment) if payment.is_open_at_provider else _contradicted(payment)
        return _contradicted(payment) if is_booked else self._fail(payment)

    def _complete(self, payment: Payment) -> Payment | Rejected:
        """What the provider keeps of it is left to the settlement file."""
        self.check_amount([payment.to_take])
        (outcome,) = self.unit.ledger.execute([take_command(payment, None)], origin=self.origin)
        if isinstance(outcome, Rejected):
            return outcome
        taken = replace(payment, transaction_id=accepted_transaction(outcome).id)
        return self._moved(taken, payment, AttemptStatus.SUCCEEDED, PaymentStatus.COMPLETED, actions.PAYMENT_COMPLETED)

    def _fail(self, payment: Payment) -> Payment:
        if not payment.is_open_at_provider:
            return self._end(payment, payment, actions.PAYMENT_RESOLVED)
        return self._moved(payment, payment, AttemptStatus.DECLINED, PaymentStatus.FAILED, actions.PAYMENT_FAILED)

    def _moved(
        self, known: Payment, before: Payment, attempt: AttemptStatus, status: PaymentStatus, action: Action
    ) -> Payment:
        code = BY_PERSON if attempt is AttemptStatus.DECLINED else None
        ended = replace(known, attempt=known.attempt.moved(attempt, self.unit.opened_at, code=code))
        # A payment that was called off or expired stays so, whatever became of its order.
        if not ended.can_become(status):
            return self._end(ended, before, actions.PAYMENT_RESOLVED)
        return self._end(ended.moved(status, self.unit.opened_at), before, action)

    def _end(self, resolved: Payment, before: Payment, action: Action) -> Payment:
        return move(self.unit, before, resolved.reviewed(), action, self.origin, told=self.command.word)


def _contradicted(payment: Payment) -> Rejected:
    return Rejected(InvalidStateError(resource="payment", identifier=str(payment.id), state=payment.status))
