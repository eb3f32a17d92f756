"""RefundPayment: sets the money aside, commits the order, and only then has the provider give it back."""

import json
from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass, replace
from datetime import timedelta
from hashlib import sha256
from typing import Final
from uuid import UUID

from bankcore.arguments import require_id
from bankcore.errors import (
    BankcoreError,
    InvalidStateError,
    NotFoundError,
    OutcomeUnknownError,
    UnavailableError,
)
from bankcore.events.stamps import CommandRefused
from bankcore.holds.commands import PlaceHold
from bankcore.idempotency.answers import Accepted, KeyedTask, Rejected, answer_once
from bankcore.idempotency.keys import key_of, require_key
from bankcore.identifiers import HoldId, TenantId
from bankcore.ledger.amount_checks import AmountCheck, any_amount
from bankcore.ledger.holds import LIFETIME_MAX
from bankcore.ledger.outcomes import accepted_hold
from bankcore.ledger.texts import REFERENCE_LENGTH_MAX
from bankcore.ledger.transactions import require_amount
from bankcore.money import CurrencyMismatchError, Money
from bankcore.origin import LIBRARY, Origin
from bankcore.payments.circuits import Circuits
from bankcore.payments.payments import Payment, PaymentId
from bankcore.payments.ports import Providers, UsableProvider
from bankcore.payments.postings import ProviderAccount, provider_account_id
from bankcore.payments.refusals import ProvidersUnavailableError
from bankcore.providers.orders import RefundOrder
from bankcore.refunds import actions
from bankcore.refunds.findings import RefundFinding, finding_of_refund_answer
from bankcore.refunds.moving import add_refund, there
from bankcore.refunds.ports import RefundUnit, RefundUnits
from bankcore.refunds.refunds import REFUND_ASKED_AFTER, PaymentRefund, PaymentRefundId
from bankcore.refunds.refusals import ProviderCannotRefundError, RefundExceedsPaymentError
from bankcore.refunds.settle import settle_refund
from bankcore.texts import require_text

# The ledger counts from its own clock, and lets nothing be set aside for longer than this.
_HELD_FOR: Final = LIFETIME_MAX - timedelta(days=1)


@dataclass(frozen=True, slots=True)
class RefundPayment:
    """Give that much of a payment back to its payer; without an amount, all that is left of it."""

    payment_id: PaymentId
    amount: Money | None = None
    _: KW_ONLY
    reason: str
    idempotency_key: str | None = None

    def __post_init__(self) -> None:
        """Refuse an amount that is not positive, unusable text, and an invalid key."""
        require_id(self.payment_id, "/paymentId")
        if self.amount is not None:
            require_amount(self.amount)
        require_text(self.reason, "/reason", length_max=REFERENCE_LENGTH_MAX)
        if self.idempotency_key is not None:
            require_key(self.idempotency_key)

    def fingerprint(self) -> bytes:
        """SHA-256 of all that is asked, without the key."""
        money = (None, None) if self.amount is None else (self.amount.minor, self.amount.currency.code)
        asked = ["refund_payment", str(self.payment_id), *money, self.reason]
        return sha256(json.dumps(asked).encode()).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundPayments:
    """Gives payments of one tenant back, through the provider that took each of them."""

    tenant_id: TenantId
    units: RefundUnits
    providers: Providers
    circuits: Circuits
    new_id: Callable[[], UUID]

    def __call__(
        self, command: RefundPayment, *, origin: Origin = LIBRARY, check_amount: AmountCheck = any_amount
    ) -> Accepted[PaymentRefund]:
        """Make the refund and send it. A caller that repeats key and request gets the same refund as it is now.

        The money is set aside and the order committed before it is sent, so whatever happens on the way is found out
        by asking the provider; nothing is sent twice. `check_amount` is given what is to be given back, which without
        an amount is known only with the payment; whatever it raises is raised, and nothing was recorded.

        Raises:
            NotFoundError: there is no such payment, or it is somebody else's.
            InvalidStateError: its money never came.
            CurrencyMismatchError: the payment is of another currency.
            RefundExceedsPaymentError: there is not so much left of it, or nothing.
            ProviderCannotRefundError: whoever took it gives nothing back over its interface.
            ProvidersUnavailableError: whoever took it fails at present; nothing was recorded, and nothing sent.
            InsufficientFundsError, RejectedError: the merchant's account has not so much, or is frozen or closed.
            IdempotencyKeyReusedError: the key was used for another request.
            IdempotencyInProgressError: the first request with the key is still running.
            UnavailableError: nothing was recorded, and nothing sent.
            OutcomeUnknownError: nothing was sent; send it again with the same key.
        """
        found = self.units.run(lambda unit: unit.find_payment(command.payment_id), resubmittable=True)
        through = None if found is None else self.providers.get_provider(found.attempt.config_id)
        is_open = through is not None and self.circuits.is_open(through.config.id)
        refund_id = PaymentRefundId(self.new_id())
        asked = _AskedRefund(self.tenant_id, refund_id, command, origin, check_amount)
        answer = answer_once(
            self.units,
            key_of(origin, command.idempotency_key),
            command.fingerprint(),
            lambda unit: _NewRefund(unit, asked, through, is_left_alone=is_open),
        )
        # Whoever finds a refund of before sends nothing: it was sent, or its provider will be asked.
        if answer.value.id != refund_id or found is None or through is None:
            return Accepted(answer.value, replayed=True)
        return Accepted(self._send(answer.value, found, through))

    def _send(self, refund: PaymentRefund, payment: Payment, through: UsableProvider) -> PaymentRefund:
        order = RefundOrder(
            reference=refund.reference,
            charge=payment.lookup,
            amount=refund.amount,
            reason=refund.reason,
        )
        answer = self.circuits.guard(through.config.id, lambda: through.provider.refund_payment(order))
        try:
            return self._settle(refund, finding_of_refund_answer(answer))
        except (UnavailableError, OutcomeUnknownError):
            # It stays as it was sent, and the provider is asked soon.
            return refund

    def _settle(self, refund: PaymentRefund, finding: RefundFinding) -> PaymentRefund:
        return self.units.run(lambda unit: settle_refund(unit, lock(unit, refund.id), finding), resubmittable=True)


def lock(unit: RefundUnit, refund_id: PaymentRefundId) -> PaymentRefund:
    """Lock a refund that was committed before."""
    return there(unit.lock_refund(refund_id), f"refund {refund_id}")


@dataclass(frozen=True, slots=True)
class _AskedRefund:
    tenant_id: TenantId
    refund_id: PaymentRefundId
    command: RefundPayment
    origin: Origin
    check_amount: AmountCheck


@dataclass(frozen=True, slots=True)
class _NewRefund(KeyedTask[PaymentRefund]):
    unit: RefundUnit
    asked: _AskedRefund
    through: UsableProvider | None
    _: KW_ONLY
    is_left_alone: bool

    def decide(self) -> PaymentRefund | Rejected:
        command, through = self.asked.command, self.through
        payment = self.unit.lock_payment(command.payment_id)
        if payment is None or through is None or not payment.is_shown_to(self.asked.origin.owner_id):
            return Rejected(NotFoundError(resource="payment", identifier=str(command.payment_id)))
        # What was paid stays with the attempt that took it.
        if payment.transaction_id is None or payment.attempt.config_id != through.config.id:
            return Rejected(InvalidStateError(resource="payment", identifier=str(payment.id), state=payment.status))
        if not through.provider.facts.has_refunds:
            return Rejected(ProviderCannotRefundError(provider=through.config.name))
        amount = self._amount(payment)
        if isinstance(amount, Rejected):
            return amount
        self.asked.check_amount([amount])
        if self.is_left_alone:
            # It is no refusal: nothing is recorded, so that the same key may be tried again.
            raise ProvidersUnavailableError
        hold = self._set_aside(payment, amount)
        return hold if isinstance(hold, Rejected) else self._create(payment, through, amount, hold)

    def _amount(self, payment: Payment) -> Money | Rejected:
        """What is to be given back, of what is left."""
        captured, wanted = payment.captured, self.asked.command.amount
        if wanted is not None and wanted.currency != captured.currency:
            return Rejected(CurrencyMismatchError(expected=captured.currency.code, actual=wanted.currency.code))
        refunded = Money(self.unit.sum_refunds(payment.id), captured.currency)
        disputed = Money(self.unit.sum_disputed(payment.id), captured.currency)
        available = captured - refunded - min(disputed, captured - refunded)
        amount = available if wanted is None else wanted
        if amount.minor == 0 or available < amount:
            facts = {"captured": captured, "refunded": refunded, "disputed": disputed, "available": available}
            return Rejected(RefundExceedsPaymentError(**facts))
        return amount

    def _set_aside(self, payment: Payment, amount: Money) -> HoldId | Rejected:
        """Set it aside in the name of the caller, but so that only we give it back."""
        placing = PlaceHold(payment.account_id, amount, lifetime=_HELD_FOR)
        (outcome,) = self.unit.ledger.execute([placing], origin=replace(self.asked.origin, owner_id=None))
        return outcome if isinstance(outcome, Rejected) else accepted_hold(outcome).id

    def _create(self, payment: Payment, through: UsableProvider, amount: Money, hold_id: HoldId) -> PaymentRefund:
        asked, now = self.asked, self.unit.opened_at
        refund = PaymentRefund(
            id=asked.refund_id,
            payment_id=payment.id,
            account_id=payment.account_id,
            clearing_id=provider_account_id(
                asked.tenant_id, through.config.id, ProviderAccount.CLEARING, amount.currency
            ),
            hold_id=hold_id,
            owner_id=payment.owner_id,
            amount=amount,
            reason=asked.command.reason,
            created_at=now,
            due_at=now + REFUND_ASKED_AFTER[0],
        )
        return add_refund(self.unit, refund, asked.origin)

    def refused(self, reason: BankcoreError) -> CommandRefused:
        return CommandRefused(self.unit.new_stamp(self.asked.origin), actions.REFUND_CREATED, None, reason)

    def encode(self, value: PaymentRefund) -> bytes:
        return value.id.bytes

    def decode(self, encoded: bytes) -> PaymentRefund:
        return there(self.unit.find_refund(PaymentRefundId(UUID(bytes=encoded))), "a refund that is remembered")
