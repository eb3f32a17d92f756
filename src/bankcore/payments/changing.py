"""What all changes of a payment that somebody asks for have in common: the payment is locked, and refusals are told."""

from abc import abstractmethod
from collections.abc import Sequence
from uuid import UUID

from bankcore.actions import Action, Subject
from bankcore.errors import BankcoreError, LedgerInvariantError, NotFoundError
from bankcore.events.stamps import CommandRefused
from bankcore.idempotency.answers import KeyedTask, Rejected
from bankcore.origin import Origin
from bankcore.payments.payments import Payment, PaymentId
from bankcore.payments.ports import PaymentUnit
from bankcore.payments.postings import TakePayment


def lock_again(unit: PaymentUnit, payment: Payment, *, then: Sequence[TakePayment] = ()) -> Payment:
    """As `lock_all_again`."""
    (locked,) = lock_all_again(unit, [payment], then=then)
    return locked


def lock_all_again(
    unit: PaymentUnit, payments: Sequence[Payment], *, then: Sequence[TakePayment] = ()
) -> list[Payment]:
    """Lock payments that were committed before; `then` as of the port. Raises: LedgerInvariantError: one is gone."""
    locked = unit.lock_payments([payment.id for payment in payments], then=then)
    if gone := [payment.id for payment in payments if payment.id not in locked]:
        raise LedgerInvariantError(f"payments were sent and are not there: {gone}")
    return [locked[payment.id] for payment in payments]


class PaymentChange(KeyedTask[Payment]):
    """A change of one payment, whoever asks for it; staff and services are shown all, owners their own."""

    unit: PaymentUnit
    origin: Origin

    @property
    @abstractmethod
    def named(self) -> tuple[PaymentId, Action]:
        """Which payment it is about, and what a refusal is recorded as."""

    @abstractmethod
    def decide_about(self, payment: Payment) -> Payment | Rejected:
        """Do it to the locked payment, or say why not."""

    def decide(self) -> Payment | Rejected:
        """Lock the payment, and change it if the caller may see it."""
        payment_id = self.named[0]
        payment = self.unit.lock_payment(payment_id)
        if payment is None or not payment.is_shown_to(self.origin.owner_id):
            return Rejected(NotFoundError(resource="payment", identifier=str(payment_id)))
        return self.decide_about(payment)

    def refused(self, reason: BankcoreError) -> CommandRefused:
        """What is recorded of a refusal."""
        payment_id, action = self.named
        return CommandRefused(self.unit.new_stamp(self.origin), action, Subject("payment", payment_id), reason)

    def encode(self, value: Payment) -> bytes:
        """Its id: it is read again as it is then."""
        return value.id.bytes

    def decode(self, encoded: bytes) -> Payment:
        """The payment as it is now. Raises: LedgerInvariantError: it is gone."""
        payment = self.unit.find_payment(PaymentId(UUID(bytes=encoded)))
        if payment is None:
            raise LedgerInvariantError("a payment is remembered that is not there")
        return payment
