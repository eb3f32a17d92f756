"""Settles locked payments by what was found: moves each forward, and its money with it, or asks for a person."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from bankcore.actions import Action
from bankcore.idempotency.answers import Rejected
from bankcore.ledger.outcomes import Outcome, accepted_transaction
from bankcore.ledger.transactions import Source
from bankcore.money import Money
from bankcore.payments import actions
from bankcore.payments.attempts import AttemptStatus
from bankcore.payments.findings import ChargeFinding
from bankcore.payments.moving import SYSTEM, move
from bankcore.payments.payments import Payment, PaymentStatus
from bankcore.payments.ports import PaymentUnit
from bankcore.payments.postings import TakePayment

SOURCE_TYPE: Final = "payment"
"""The permanent name of the transaction is its payment, so the books themselves take no payment twice."""
PAID_AFTER_END: Final = "paid_after_end"
PAID_AGAIN: Final = "paid_again"
"""More money came for an order that was paid; the provider has it."""
CONTRADICTED: Final = "contradicted"
"""A provider that had certainly done nothing, so that another one was asked, says that the payer paid."""


def settle(unit: PaymentUnit, payment: Payment, finding: ChargeFinding) -> Payment:
    """As `settle_all`, of one payment."""
    (settled,) = settle_all(unit, [(payment, finding)])
    return settled


def settle_all(unit: PaymentUnit, found: Sequence[tuple[Payment, ChargeFinding]]) -> list[Payment]:
    """Move each of these locked payments as far as its finding says, and never back. Returns how they stand now.

    The money of all of them is posted together. Whatever contradicts what we know moves nothing, and is there for a
    person to look at.
    """
    takings = [_taking(payment, finding) for payment, finding in found]
    commands = [take_command(each.known, each.fee) for each in takings if each is not None]
    outcomes = iter(unit.ledger.execute(commands, origin=SYSTEM))
    return [
        _settle_without_money(unit, payment, finding) if taking is None else _take(unit, taking, next(outcomes))
        for (payment, finding), taking in zip(found, takings, strict=True)
    ]


def expected_commands(found: Sequence[tuple[Payment, ChargeFinding]]) -> list[TakePayment]:
    """What the ledger is asked if they stand as we know them; whoever locks them can have that made ready."""
    return [
        take_command(payment, _usable(finding.fee, payment.to_take))
        for payment, finding in found
        if finding.status is AttemptStatus.SUCCEEDED and finding.mismatch is None
    ]


def take_command(payment: Payment, fee: Money | None) -> TakePayment:
    """What moves the money of a payment, whoever came to know that it was paid; the books take it once."""
    return TakePayment(
        payment.account_id,
        payment.attempt.config_id,
        payment.to_take,
        fee,
        reference=payment.reference,
        source=Source(SOURCE_TYPE, str(payment.id)),
    )


class _Taking(NamedTuple):
    """Money that came, of which the books do not know yet; `known` is the payment with what its provider said."""

    before: Payment
    known: Payment
    fee: Money | None


def _taking(payment: Payment, finding: ChargeFinding) -> _Taking | None:
    if finding.status is not AttemptStatus.SUCCEEDED or finding.mismatch is not None:
        return None
    fee = _usable(finding.fee, payment.to_take)
    if payment.attempt.status.is_over:
        # Money that came after all is money: it is posted, and what had ended stays as it ended.
        return _Taking(payment, payment, fee) if payment.transaction_id is None else None
    return _Taking(payment, _with_what_was_said(payment, finding), fee)


def _take(unit: PaymentUnit, taking: _Taking, outcome: Outcome) -> Payment:
    """What the books said. If they refused, nothing is settled: whoever asks the provider again tries it again."""
    before, known, fee = taking
    if isinstance(outcome, Rejected):
        return doubt(unit, known, outcome.reason.code)
    attempt = known.attempt
    if attempt.can_become(AttemptStatus.SUCCEEDED):
        attempt = attempt.moved(AttemptStatus.SUCCEEDED, unit.opened_at)
    taken = replace(
        known,
        attempt=attempt,
        transaction_id=accepted_transaction(outcome).id,
        fee=fee,
        due_at=None,
    )
    if not before.status.is_over:
        completed = replace(taken.moved(PaymentStatus.COMPLETED, unit.opened_at), problem=None, review_since=None)
        return move(unit, before, completed, actions.PAYMENT_COMPLETED, SYSTEM)
    # The payment had ended: the money is there, and to give it back is for the merchant.
    return move(unit, before, taken.doubted(PAID_AFTER_END, unit.opened_at), actions.PAYMENT_DOUBTED, SYSTEM)


def _settle_without_money(unit: PaymentUnit, payment: Payment, finding: ChargeFinding) -> Payment:
    status, attempt = finding.status, payment.attempt
    if attempt.status.is_over:
        return payment
    if finding.mismatch is not None:
        return doubt(unit, payment, finding.mismatch)
    known = _with_what_was_said(payment, finding)
    if status is None or not attempt.can_become(status):
        # The id by which the provider is asked is kept as soon as it is told.
        if known != payment:
            unit.update_payment(known)
        return known
    return _move_without_money(unit, payment, known, finding, status)


def _with_what_was_said(payment: Payment, finding: ChargeFinding) -> Payment:
    attempt = payment.attempt
    return replace(
        payment,
        attempt=replace(
            attempt,
            provider_id=attempt.provider_id or finding.provider_id,
            next_action=finding.next_action or attempt.next_action,
        ),
    )


def _move_without_money(
    unit: PaymentUnit, before: Payment, known: Payment, finding: ChargeFinding, status: AttemptStatus
) -> Payment:
    moved = replace(known, attempt=known.attempt.moved(status, unit.opened_at, code=finding.code))
    if status.is_over:
        moved = moved.settled()
    after, action = _consequence(before, status)
    # A payment that was called off stays so, whatever its attempt comes to.
    if after is not None and moved.can_become(after):
        moved = moved.moved(after, unit.opened_at)
    return move(unit, before, moved, action, SYSTEM)


def _consequence(before: Payment, status: AttemptStatus) -> tuple[PaymentStatus | None, Action]:
    """What an attempt that is so means for its payment."""
    if status is AttemptStatus.REQUIRES_ACTION:
        return PaymentStatus.REQUIRES_ACTION, actions.PAYMENT_ACTION_REQUIRED
    if status is AttemptStatus.AUTHORIZED:
        # One that had ended is not captured any more: its provider is asked, and what was authorized is released.
        action = actions.PAYMENT_DOUBTED if before.status.is_over else actions.PAYMENT_REQUIRES_CAPTURE
        return PaymentStatus.REQUIRES_CAPTURE, action
    if status is AttemptStatus.UNKNOWN:
        return None, actions.PAYMENT_DOUBTED
    if before.attempt.status is AttemptStatus.AUTHORIZED:
        action = actions.PAYMENT_RELEASED if before.status.is_over else actions.PAYMENT_EXPIRED
        return PaymentStatus.EXPIRED, action
    return PaymentStatus.FAILED, actions.PAYMENT_FAILED


def doubt(unit: PaymentUnit, payment: Payment, problem: str) -> Payment:
    """Ask for a person, once for each problem. Returns the payment as it stands now."""
    if payment.problem == problem:
        return payment
    return move(unit, payment, payment.doubted(problem, unit.opened_at), actions.PAYMENT_DOUBTED, SYSTEM)


def _usable(fee: Money | None, amount: Money) -> Money | None:
    """The fee, if it can be taken from the amount; any other is a matter of the provider's settlement."""
    if fee is None or fee.currency != amount.currency or not 0 < fee.minor < amount.minor:
        return None
    return fee
