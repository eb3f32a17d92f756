"""What is authorized is released when nobody wants it any more, on both adapters."""

from dataclasses import replace

from bankcore.errors import InvalidStateError
from bankcore.idempotency.answers import Accepted
from bankcore.payments.attempts import AttemptStatus
from bankcore.payments.capture import CapturePayment
from bankcore.payments.captures import CaptureMethod
from bankcore.payments.payments import ASKED_AFTER, PaymentStatus
from bankcore.providers.answers import ChargeAccepted
from bankcore.providers.states import ChargeStatus
from tests.contract.capturing import SILENT, authorized, refusal
from tests.contract.payment_adapters import MERCHANT, PaymentAdapter


def test_what_is_authorized_is_released_when_the_merchant_wants_no_more_of_it(payments: PaymentAdapter) -> None:
    payment = authorized(payments)

    ended = payments.call_off(payment.id, origin=MERCHANT, idempotency_key="no-7")

    assert (ended.value.status, ended.value.attempt.status) == (PaymentStatus.CALLED_OFF, AttemptStatus.DECLINED)
    assert payments.provider.charges[payment.attempt.reference].status is ChargeStatus.DECLINED
    assert payments.now(payment).due_at is None
    again = payments.call_off(payment.id, origin=MERCHANT, idempotency_key="no-7")
    assert again == Accepted(ended.value, replayed=True)
    assert payments.provider.voids == 1
    assert isinstance(refusal(payments, CapturePayment(payment.id)), InvalidStateError)


def test_a_release_that_was_not_answered_is_tried_again(payments: PaymentAdapter) -> None:
    payment = authorized(payments)
    payments.provider.silence = SILENT

    ended = payments.call_off(payment.id, origin=MERCHANT).value
    assert (ended.status, ended.attempt.status) == (PaymentStatus.CALLED_OFF, AttemptStatus.AUTHORIZED)

    payments.provider.silence = None
    payments.let_time_pass(ASKED_AFTER[0])
    assert payments.ask_all() == 1
    assert payments.now(payment).attempt.status is AttemptStatus.DECLINED
    assert payments.provider.voids == 2


def test_what_a_payer_agreed_to_too_late_is_released(payments: PaymentAdapter) -> None:
    payments.provider.answer_next(ChargeAccepted(provider_id="ch_7", status=ChargeStatus.REQUIRES_ACTION))
    payment = payments.create(replace(payments.order(), capture_method=CaptureMethod.MANUAL), origin=MERCHANT).value
    payments.call_off(payment.id, origin=MERCHANT)
    payments.provider.settle(payment.attempt.reference, ChargeStatus.AUTHORIZED)

    payments.let_time_pass(ASKED_AFTER[0])
    assert payments.ask_all() == 1

    ended = payments.now(payment)
    assert (ended.status, ended.attempt.status) == (PaymentStatus.CALLED_OFF, AttemptStatus.DECLINED)
    assert payments.provider.voids == 1


def test_money_that_was_captured_before_it_was_released_is_on_the_account(payments: PaymentAdapter) -> None:
    payment = authorized(payments)
    payments.provider.settle(payment.attempt.reference, ChargeStatus.SUCCEEDED)

    payments.call_off(payment.id, origin=MERCHANT)
    payments.let_time_pass(ASKED_AFTER[0])
    payments.ask_all()

    ended = payments.now(payment)
    assert (ended.status, ended.problem) == (PaymentStatus.CALLED_OFF, "paid_after_end")
    assert payments.balance() == "100.00"
