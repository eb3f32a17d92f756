"""CallOffPayment: somebody wants no more of a payment that the payer has not made."""

from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from bankcore.actions import Subject
from bankcore.errors import BankcoreError, InvalidStateError, LedgerInvariantError, NotFoundError
from bankcore.events.stamps import CommandRefused
from bankcore.idempotency.answers import Accepted, KeyedTask, Rejected, answer_once
from bankcore.idempotency.keys import key_of
from bankcore.origin import LIBRARY, Origin
from bankcore.payments import actions
from bankcore.payments.moving import move
from bankcore.payments.payments import Payment, PaymentId, PaymentStatus
from bankcore.payments.ports import PaymentUnit, PaymentUnits


@dataclass(frozen=True, slots=True)
class CallOffPayments:
    """Calls payments of one tenant off."""

    units: PaymentUnits

    def __call__(
        self, payment_id: PaymentId, *, origin: Origin = LIBRARY, idempotency_key: str | None = None
    ) -> Accepted[Payment]:
        """Call it off, if the payer has still to act. Whoever pays all the same is noticed, and nothing is lost.

        Raises:
            NotFoundError: there is no such payment, or it is somebody else's.
            InvalidStateError: it is processed, or has ended.
            IdempotencyKeyReusedError, IdempotencyInProgressError: the key is in use.
            UnavailableError, OutcomeUnknownError: send it again.
        """
        fingerprint = sha256(f"call_off_payment\0{payment_id}".encode()).digest()
        key = key_of(origin, idempotency_key)
        return answer_once(self.units, key, fingerprint, lambda unit: _CallingOff(unit, payment_id, origin))


@dataclass(frozen=True, slots=True)
class _CallingOff(KeyedTask[Payment]):
    unit: PaymentUnit
    payment_id: PaymentId
    origin: Origin

    def decide(self) -> Payment | Rejected:
        payment = self.unit.lock_payment(self.payment_id)
        if payment is None or not payment.is_shown_to(self.origin.owner_id):
            return Rejected(NotFoundError(resource="payment", identifier=str(self.payment_id)))
        try:
            payment.require_can_become(PaymentStatus.CALLED_OFF)
        except InvalidStateError as refusal:
            return Rejected(refusal)
        ended = payment.moved(PaymentStatus.CALLED_OFF, self.unit.opened_at)
        return move(self.unit, payment, ended, actions.PAYMENT_CALLED_OFF, self.origin)

    def refused(self, reason: BankcoreError) -> CommandRefused:
        subject = Subject("payment", self.payment_id)
        return CommandRefused(self.unit.new_stamp(self.origin), actions.PAYMENT_CALLED_OFF, subject, reason)

    def encode(self, value: Payment) -> bytes:
        return value.id.bytes

    def decode(self, encoded: bytes) -> Payment:
        payment = self.unit.find_payment(PaymentId(UUID(bytes=encoded)))
        if payment is None:
            raise LedgerInvariantError("a payment is remembered that is not there")
        return payment
