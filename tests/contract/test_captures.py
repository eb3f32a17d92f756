"""Payments that are authorized first and captured later, on both adapters."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bankcore.errors import InvalidRequestError, InvalidStateError, NotFoundError
from bankcore.idempotency.answers import Accepted, Rejected
from bankcore.money import CurrencyMismatchError, Money
from bankcore.payments.attempts import AttemptStatus
from bankcore.payments.capture import CapturePayment
from bankcore.payments.captures import CaptureMethod
from bankcore.payments.circuit import FAILURES_IN_A_ROW, OPEN_FOR
from bankcore.payments.payments import ASKED_AFTER, PaymentStatus
from bankcore.payments.postings import ProviderAccount
from bankcore.payments.refusals import (
    CaptureExceedsPaymentError,
    CaptureFailedError,
    NoProviderError,
    ProvidersUnavailableError,
)
from bankcore.payments.review import PaymentVerdict, ResolvePayment
from bankcore.providers.answers import ChargeAccepted, Declined
from bankcore.providers.states import ChargeStatus
from bankcore.testing.providers import IN_MEMORY_FACTS
from tests.contract.capturing import GONE, SILENT, authorized, capture, refusal
from tests.contract.payment_adapters import ADMIN, MERCHANT, NOWHERE, OTHER, PaymentAdapter, answered
from tests.worlds.values import npr


def test_what_is_authorized_moves_nothing_until_it_is_captured(payments: PaymentAdapter) -> None:
    payment = authorized(payments)

    assert payments.now(payment) == payment
    assert payments.balance() == "0.00"
    assert payment.captured == npr("0.00")

    captured = capture(payments, payment)
    assert captured.status is PaymentStatus.COMPLETED
    assert payments.now(payment) == captured
    assert captured.captured == npr("100.00")
    assert payments.balance() == "100.00"
    assert payments.balance_at(ProviderAccount.CLEARING) == "-100.00"
    assert payments.statuses(payment) == ["pending", "processing", "requires_capture", "processing", "completed"]


def test_less_may_be_captured_once_and_the_fee_is_of_that(payments: PaymentAdapter) -> None:
    payment = authorized(payments)
    payments.provider.answer_next(
        ChargeAccepted(provider_id="ch_7", status=ChargeStatus.SUCCEEDED, fee=npr("50.00")),
    )

    captured = capture(payments, payment, "60.00")

    assert (captured.amount, captured.captured, captured.fee) == (npr("100.00"), npr("60.00"), npr("50.00"))
    assert payments.balance() == "10.00"
    again = refusal(payments, CapturePayment(payment.id, npr("40.00")))
    assert again == InvalidStateError(resource="payment", identifier=str(payment.id), state="completed")


def test_a_capture_is_refused_that_nobody_agreed_to(payments: PaymentAdapter) -> None:
    payment = authorized(payments)

    too_much = CaptureExceedsPaymentError(authorized=npr("100.00"), wanted=npr("100.01"))
    assert refusal(payments, CapturePayment(payment.id, npr("100.01"))) == too_much
    other = CurrencyMismatchError(expected="NPR", actual="USD")
    assert refusal(payments, CapturePayment(payment.id, Money.of("1.00", "USD"))) == other
    assert isinstance(refusal(payments, CapturePayment(NOWHERE)), NotFoundError)
    hidden = answered(lambda: payments.capture(CapturePayment(payment.id), origin=OTHER))
    assert isinstance(hidden, Rejected)
    assert isinstance(hidden.reason, NotFoundError)
    with pytest.raises(InvalidRequestError):
        CapturePayment(payment.id, npr("0.00"))
    with pytest.raises(InvalidRequestError):
        CapturePayment(payment.id, idempotency_key="")
    assert payments.now(payment).status is PaymentStatus.REQUIRES_CAPTURE


def test_a_capture_is_sent_once_for_its_key(payments: PaymentAdapter) -> None:
    payment = authorized(payments)

    first = payments.capture(CapturePayment(payment.id, npr("60.00"), "ship-7"), origin=MERCHANT)
    again = payments.capture(CapturePayment(payment.id, npr("60.00"), "ship-7"), origin=MERCHANT)

    assert again == Accepted(first.value, replayed=True)
    assert payments.balance() == "60.00"


@pytest.mark.parametrize("happened", [True, False])
def test_a_capture_that_is_unknown_is_asked_for_and_never_guessed(payments: PaymentAdapter, *, happened: bool) -> None:
    payment = authorized(payments)
    payments.provider.answer_next(SILENT, happened=happened)

    asked = capture(payments, payment, "60.00", "ship-7")

    assert (asked.status, asked.attempt.status) == (PaymentStatus.PROCESSING, AttemptStatus.CAPTURING)
    assert payments.balance() == "0.00"
    assert isinstance(refusal(payments, CapturePayment(payment.id)), InvalidStateError)
    assert payments.ask_all() == 0
    payments.let_time_pass(ASKED_AFTER[0])
    assert payments.ask_all() == 1
    found = payments.now(payment)
    assert found.status is (PaymentStatus.COMPLETED if happened else PaymentStatus.REQUIRES_CAPTURE)
    told = answered(lambda: payments.capture(CapturePayment(payment.id, npr("60.00"), "ship-7"), origin=MERCHANT))
    expected = Accepted(found, replayed=True) if happened else Rejected(CaptureFailedError(), replayed=True)
    assert told == expected
    assert payments.balance() == ("60.00" if happened else "0.00")


def test_that_nothing_is_captured_yet_says_nothing_while_the_order_may_be_on_its_way(payments: PaymentAdapter) -> None:
    payment = authorized(payments)
    payments.let_time_pass(timedelta(minutes=30))
    payments.provider.answer_next(SILENT, happened=False)
    payments.ask_all()
    capture(payments, payment)
    body, headers = payments.provider.webhook_about(payment.attempt.reference)

    payments.receive(payments.config.id, body, headers)
    assert payments.heed_all() == 1

    assert payments.now(payment).attempt.status is AttemptStatus.CAPTURING


def test_a_capture_that_certainly_was_not_made_may_be_asked_for_again(payments: PaymentAdapter) -> None:
    payment = authorized(payments)
    payments.provider.answer_next(GONE)

    first = CapturePayment(payment.id, npr("60.00"), "ship-7")
    failed = CaptureFailedError(failure_code="not_sent")
    assert refusal(payments, first) == failed

    back = payments.now(payment)
    assert (back.status, back.captured) == (PaymentStatus.REQUIRES_CAPTURE, npr("0.00"))
    with pytest.raises(CaptureFailedError) as again:
        payments.capture(first, origin=MERCHANT)
    assert (again.value, again.value.recorded, again.value.replayed) == (failed, True, True)
    taken = capture(payments, payment, "70.00", "ship-8")
    assert (taken.status, taken.attempt.code) == (PaymentStatus.COMPLETED, None)
    assert payments.balance() == "70.00"
    # Who asks again under the first key is told how the payment stands.
    assert payments.capture(first, origin=MERCHANT) == Accepted(taken, replayed=True)


def test_a_capture_that_was_declined_is_looked_up(payments: PaymentAdapter) -> None:
    payment = authorized(payments)
    payments.provider.answer_next(Declined(code="expired_card", reason="The card has expired."))

    assert capture(payments, payment).attempt.status is AttemptStatus.CAPTURING

    payments.provider.settle(payment.attempt.reference, ChargeStatus.DECLINED)
    payments.let_time_pass(ASKED_AFTER[0])
    assert payments.ask_all() == 1
    assert payments.now(payment).status is PaymentStatus.FAILED


def test_a_capture_of_what_was_released_is_looked_up(payments: PaymentAdapter) -> None:
    payment = authorized(payments)
    payments.provider.settle(payment.attempt.reference, ChargeStatus.DECLINED)

    assert capture(payments, payment).status is PaymentStatus.PROCESSING

    payments.let_time_pass(ASKED_AFTER[0])
    assert payments.ask_all() == 1
    assert payments.now(payment).status is PaymentStatus.FAILED
    assert payments.balance() == "0.00"


def test_nothing_is_captured_while_its_provider_is_left_alone(payments: PaymentAdapter) -> None:
    payment = authorized(payments)
    for _ in range(FAILURES_IN_A_ROW):
        payments.provider.answer_next(SILENT, happened=False)
        payments.paid("5.00")

    assert refusal(payments, CapturePayment(payment.id, idempotency_key="ship-7")) == ProvidersUnavailableError()
    payments.let_time_pass(OPEN_FOR)
    assert capture(payments, payment, key="ship-7").status is PaymentStatus.COMPLETED


def test_a_capture_that_nobody_learns_of_is_handed_to_a_person(payments: PaymentAdapter) -> None:
    payment = authorized(payments)
    payments.let_time_pass(timedelta(days=3))
    payments.ask_all()
    payments.provider.answer_next(SILENT, happened=True)
    payments.provider.silence = SILENT
    capture(payments, payment, "60.00")

    for pause in ASKED_AFTER:
        assert payments.now(payment).review_since is None
        payments.let_time_pass(pause)
        assert payments.ask_all() == 1

    assert payments.now(payment).problem == "not_settled"
    verdict = ResolvePayment(payment.id, PaymentVerdict.COMPLETED, reason="Seen in the provider's list")
    resolved = payments.review.resolve(verdict, origin=ADMIN).value
    assert (resolved.status, resolved.captured) == (PaymentStatus.COMPLETED, npr("60.00"))
    assert payments.balance() == "60.00"


def test_what_is_authorized_waits_for_its_merchant_and_not_for_a_person(payments: PaymentAdapter) -> None:
    payment = authorized(payments)

    for pause in (*ASKED_AFTER, timedelta(days=1), timedelta(days=1)):
        payments.let_time_pass(pause)
        assert payments.ask_all() == 1
        assert payments.now(payment).status is PaymentStatus.REQUIRES_CAPTURE
    assert payments.now(payment).review_since is None

    payments.provider.settle(payment.attempt.reference, ChargeStatus.DECLINED)
    payments.let_time_pass(timedelta(days=1))
    assert payments.ask_all() == 1
    gone = payments.now(payment)
    assert (gone.status, gone.attempt.status, gone.due_at) == (PaymentStatus.EXPIRED, AttemptStatus.DECLINED, None)
    assert isinstance(refusal(payments, CapturePayment(payment.id)), InvalidStateError)
    assert payments.balance() == "0.00"


def test_a_payer_who_acts_first_is_captured_later(payments: PaymentAdapter) -> None:
    payments.provider.answer_next(ChargeAccepted(provider_id="ch_7", status=ChargeStatus.REQUIRES_ACTION))
    payment = payments.create(replace(payments.order(), capture_method=CaptureMethod.MANUAL), origin=MERCHANT).value
    payments.provider.settle(payment.attempt.reference, ChargeStatus.AUTHORIZED)
    body, headers = payments.provider.webhook_about(payment.attempt.reference)

    payments.receive(payments.config.id, body, headers)
    assert payments.heed_all() == 1

    assert payments.now(payment).status is PaymentStatus.REQUIRES_CAPTURE
    assert capture(payments, payment).status is PaymentStatus.COMPLETED


def test_an_amount_that_was_not_asked_for_is_for_a_person(payments: PaymentAdapter) -> None:
    payment = authorized(payments)
    payments.provider.answer_next(SILENT, happened=True)
    capture(payments, payment, "60.00")
    reference = payment.attempt.reference
    payments.provider.charges[reference] = replace(payments.provider.charges[reference], amount=npr("70.00"))

    payments.let_time_pass(ASKED_AFTER[0])
    payments.ask_all()

    assert payments.now(payment).problem == "amount_mismatch"
    assert payments.balance() == "0.00"


def test_who_takes_everything_at_once_is_given_no_payment_to_capture_later(payments: PaymentAdapter) -> None:
    payments.provider.become(replace(IN_MEMORY_FACTS, has_capture=False))
    order = replace(payments.order(), capture_method=CaptureMethod.MANUAL)

    answer = answered(lambda: payments.create(order, origin=MERCHANT))

    assert isinstance(answer, Rejected)
    assert answer.reason == NoProviderError(currency="NPR", capture_method="manual")
    assert payments.provider.charges == {}
    assert order.fingerprint() != payments.order().fingerprint()
