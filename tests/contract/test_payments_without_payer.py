"""Payments that end before their payer has paid, on both adapters."""

from datetime import timedelta

from bankcore.errors import InvalidStateError, NotFoundError
from bankcore.idempotency.answers import Rejected
from bankcore.payments.payments import ASKED_AFTER, PAYMENT_LIFETIME, PaymentStatus
from bankcore.payments.settle import PAID_AFTER_END
from bankcore.providers.answers import ChargeAccepted, RedirectPayer, Unknown
from bankcore.providers.states import ChargeStatus
from tests.contract.payment_adapters import MERCHANT, NOWHERE, OTHER, PaymentAdapter, answered

WAITING = ChargeAccepted(
    provider_id="ch_7",
    status=ChargeStatus.REQUIRES_ACTION,
    next_action=RedirectPayer("https://provider.example/pay/7"),
)


def test_a_payment_that_is_called_off_stays_so_and_who_pays_all_the_same_is_noticed(payments: PaymentAdapter) -> None:
    payments.provider.answer_next(WAITING)
    payment = payments.paid()

    called_off = payments.call_off(payment.id, origin=MERCHANT, idempotency_key="stop").value
    assert called_off.status is PaymentStatus.CALLED_OFF
    assert payments.call_off(payment.id, origin=MERCHANT, idempotency_key="stop").replayed
    payments.provider.settle(payment.attempt.reference, ChargeStatus.SUCCEEDED)
    payments.let_time_pass(ASKED_AFTER[0])
    payments.ask_all()

    left = payments.now(payment)
    assert left.status is PaymentStatus.CALLED_OFF
    assert left.problem == PAID_AFTER_END
    assert left.transaction_id is not None
    assert payments.balance() == "100.00"


def test_only_what_waits_for_the_payer_is_called_off(payments: PaymentAdapter) -> None:
    payment = payments.paid()

    refused = answered(lambda: payments.call_off(payment.id, origin=MERCHANT))
    assert isinstance(refused, Rejected)
    assert isinstance(refused.reason, InvalidStateError)
    for payment_id, origin in ((NOWHERE, MERCHANT), (payment.id, OTHER)):
        strange = answered(lambda: payments.call_off(payment_id, origin=origin))  # noqa: B023 - called at once
        assert isinstance(strange, Rejected)
        assert isinstance(strange.reason, NotFoundError)


def test_a_payer_who_does_nothing_in_time_lets_the_payment_expire(payments: PaymentAdapter) -> None:
    payments.provider.answer_next(WAITING)
    payment = payments.paid()
    payments.provider.silence = Unknown("down")
    payments.let_time_pass(PAYMENT_LIFETIME)
    assert payments.ask_all() == 1
    assert payments.now(payment).status is PaymentStatus.REQUIRES_ACTION

    payments.provider.silence = None
    payments.let_time_pass(ASKED_AFTER[0] + ASKED_AFTER[1])
    payments.ask_all()

    assert payments.now(payment).status is PaymentStatus.EXPIRED
    for _ in ASKED_AFTER:
        payments.let_time_pass(timedelta(days=1))
        payments.ask_all()
    left = payments.now(payment)
    assert (left.due_at, left.review_since) == (None, None)
