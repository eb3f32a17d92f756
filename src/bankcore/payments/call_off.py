"""CallOffPayment: somebody wants no more of a payment that the payer has not made, or that was not captured."""

from dataclasses import dataclass, replace
from hashlib import sha256

from bankcore.actions import Action
from bankcore.errors import InvalidStateError
from bankcore.idempotency.answers import Accepted, Rejected, answer_once
from bankcore.idempotency.keys import key_of
from bankcore.origin import LIBRARY, Origin
from bankcore.payments import actions
from bankcore.payments.changing import PaymentChange
from bankcore.payments.moving import move
from bankcore.payments.payments import ASKED_AFTER, Payment, PaymentId, PaymentStatus
from bankcore.payments.ports import PaymentUnit, PaymentUnits
from bankcore.payments.release import ReleasePayments


@dataclass(frozen=True, slots=True)
class CallOffPayments:
    """Calls payments of one tenant off."""

    units: PaymentUnits
    release: ReleasePayments

    def __call__(
        self, payment_id: PaymentId, *, origin: Origin = LIBRARY, idempotency_key: str | None = None
    ) -> Accepted[Payment]:
        """Call it off, if the payer has still to act. Whoever pays all the same is noticed, and nothing is lost.

        What was authorized is released at the provider, at once or as soon as the provider can be asked.

        Raises:
            NotFoundError: there is no such payment, or it is somebody else's.
            InvalidStateError: it is processed, or has ended.
            IdempotencyKeyReusedError, IdempotencyInProgressError: the key is in use.
            UnavailableError, OutcomeUnknownError: send it again.
        """
        fingerprint = sha256(f"call_off_payment\0{payment_id}".encode()).digest()
        key = key_of(origin, idempotency_key)
        answer = answer_once(self.units, key, fingerprint, lambda unit: _CallingOff(unit, payment_id, origin))
        return answer if answer.replayed else Accepted(self.release(answer.value))


@dataclass(frozen=True, slots=True)
class _CallingOff(PaymentChange):
    unit: PaymentUnit
    payment_id: PaymentId
    origin: Origin

    @property
    def named(self) -> tuple[PaymentId, Action]:
        return self.payment_id, actions.PAYMENT_CALLED_OFF

    def decide_about(self, payment: Payment) -> Payment | Rejected:
        try:
            payment.require_can_become(PaymentStatus.CALLED_OFF)
        except InvalidStateError as refusal:
            return Rejected(refusal)
        now = self.unit.opened_at
        ended = payment.moved(PaymentStatus.CALLED_OFF, now)
        if payment.status is PaymentStatus.REQUIRES_CAPTURE:
            ended = replace(ended, due_at=now + ASKED_AFTER[0])
        return move(self.unit, payment, ended, actions.PAYMENT_CALLED_OFF, self.origin)
