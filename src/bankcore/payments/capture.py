"""CapturePayment: the merchant has what was authorized taken, once, whole or in part; the rest is released."""

from dataclasses import dataclass
from hashlib import sha256

from bankcore.actions import Action
from bankcore.arguments import require_id
from bankcore.errors import InvalidStateError, OutcomeUnknownError, UnavailableError
from bankcore.idempotency.answers import Accepted, Rejected, answer_once
from bankcore.idempotency.keys import key_of, require_key
from bankcore.ledger.transactions import require_amount
from bankcore.money import CurrencyMismatchError, Money
from bankcore.origin import LIBRARY, Origin
from bankcore.payments import actions
from bankcore.payments.captures import PaymentCapture
from bankcore.payments.changing import PaymentChange, lock_again
from bankcore.payments.circuits import Circuits
from bankcore.payments.findings import finding_of_capture
from bankcore.payments.moving import move
from bankcore.payments.payments import Payment, PaymentId, PaymentStatus
from bankcore.payments.ports import PaymentUnit, PaymentUnits, Providers
from bankcore.payments.refusals import CaptureExceedsPaymentError, CaptureFailedError, ProvidersUnavailableError
from bankcore.payments.settle import expected_commands, settle
from bankcore.providers.orders import CaptureOrder


@dataclass(frozen=True, slots=True)
class CapturePayment:
    """Take that much of what was authorized for a payment; without an amount, all of it."""

    payment_id: PaymentId
    amount: Money | None = None
    idempotency_key: str | None = None

    def __post_init__(self) -> None:
        """Refuse an amount that is not positive, and an invalid key."""
        require_id(self.payment_id, "/paymentId")
        if self.amount is not None:
            require_amount(self.amount)
        if self.idempotency_key is not None:
            require_key(self.idempotency_key)

    def fingerprint(self) -> bytes:
        """SHA-256 of all that is asked, without the key."""
        money = "" if self.amount is None else f"{self.amount.minor} {self.amount.currency.code}"
        return sha256(f"capture_payment\0{self.payment_id}\0{money}".encode()).digest()


@dataclass(frozen=True, slots=True)
class CapturePayments:
    """Captures payments of one tenant."""

    units: PaymentUnits
    providers: Providers
    circuits: Circuits

    def __call__(self, command: CapturePayment, *, origin: Origin = LIBRARY) -> Accepted[Payment]:
        """Have it taken. A caller that repeats key and request gets the same payment as it is now.

        What is asked is committed before it is sent, so whatever happens on the way is found out by asking the
        provider; nothing is sent twice.

        Raises:
            NotFoundError: there is no such payment, or it is somebody else's.
            InvalidStateError: nothing is authorized, or it is being captured, or has ended.
            CurrencyMismatchError: the payment is of another currency.
            CaptureExceedsPaymentError: that is more than was authorized.
            CaptureFailedError: its provider certainly took nothing, so that it may be captured again, with another key.
            ProvidersUnavailableError: its provider fails at present; nothing was recorded, and nothing sent.
            IdempotencyKeyReusedError, IdempotencyInProgressError: the key is in use.
            UnavailableError: nothing was recorded, and nothing sent.
            OutcomeUnknownError: nothing was sent; send it again with the same key.
        """
        key = key_of(origin, command.idempotency_key)
        answer = answer_once(
            self.units, key, command.fingerprint(), lambda unit: _Capturing(unit, command, origin, self.circuits)
        )
        # Whoever finds a capture of before sends nothing: it was sent, or its provider will be asked.
        payment = answer.value if answer.replayed else self._send(answer.value)
        if payment.status is PaymentStatus.REQUIRES_CAPTURE:
            nothing = CaptureFailedError(failure_code=payment.attempt.code)
            raise Rejected(nothing, replayed=answer.replayed).as_error()
        return Accepted(payment, replayed=answer.replayed)

    def _send(self, payment: Payment) -> Payment:
        provider = self.providers.get_provider(payment.attempt.config_id).provider
        # A refused capture may be followed by another one, so its name is not that of the attempt alone.
        reference = f"{payment.attempt.reference}-{payment.version}"
        order = CaptureOrder(reference=reference, charge=payment.lookup, amount=payment.to_take)
        said = self.circuits.guard(payment.attempt.config_id, lambda: provider.capture_payment(order))
        finding = finding_of_capture(said)

        def work(unit: PaymentUnit) -> Payment:
            locked = lock_again(unit, payment, then=expected_commands([(payment, finding)]))
            # The answer may come so late that another capture was asked for.
            if locked.capture != payment.capture:
                return locked
            return settle(unit, locked, finding)

        try:
            return self.units.run(work, resubmittable=True)
        except (UnavailableError, OutcomeUnknownError):
            # It stays as it was sent, and the provider is asked soon.
            return payment


@dataclass(frozen=True, slots=True)
class _Capturing(PaymentChange):
    unit: PaymentUnit
    command: CapturePayment
    origin: Origin
    circuits: Circuits

    @property
    def named(self) -> tuple[PaymentId, Action]:
        return self.command.payment_id, actions.PAYMENT_CAPTURE_SENT

    def decide_about(self, payment: Payment) -> Payment | Rejected:
        if payment.status is not PaymentStatus.REQUIRES_CAPTURE:
            return Rejected(InvalidStateError(resource="payment", identifier=str(payment.id), state=payment.status))
        amount = self.command.amount or payment.amount
        if amount.currency != payment.amount.currency:
            expected, actual = payment.amount.currency.code, amount.currency.code
            return Rejected(CurrencyMismatchError(expected=expected, actual=actual))
        if payment.amount < amount:
            return Rejected(CaptureExceedsPaymentError(authorized=payment.amount, wanted=amount))
        if self.circuits.is_open(payment.attempt.config_id):
            # It is no refusal: nothing is recorded, so that the same key may be tried again.
            raise ProvidersUnavailableError
        capturing = payment.capturing(PaymentCapture(amount, self.unit.opened_at))
        return move(self.unit, payment, capturing, actions.PAYMENT_CAPTURE_SENT, self.origin)
