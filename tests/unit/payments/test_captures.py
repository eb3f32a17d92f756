"""Captures and releases between whose two units of work something happens."""

from dataclasses import replace

import pytest

from bankcore.errors import UnavailableError
from bankcore.payments.attempts import AttemptStatus
from bankcore.payments.capture import CapturePayment
from bankcore.payments.payments import ASKED_AFTER, PaymentStatus
from bankcore.providers.states import ChargeStatus
from bankcore.testing import FrozenClock
from tests.contract.capturing import GONE, SILENT, authorized, capture
from tests.contract.payment_adapters import MERCHANT, PaymentAdapter, in_memory_payment_adapter
from tests.unit.payments.test_rules import Interrupted
from tests.worlds.values import npr


@pytest.fixture
def payments() -> PaymentAdapter:
    return in_memory_payment_adapter(FrozenClock())


def fail() -> None:
    raise UnavailableError


def test_a_capture_whose_answer_cannot_be_stored_is_asked_for(payments: PaymentAdapter) -> None:
    payment = authorized(payments)
    failing = replace(payments.capture, units=Interrupted(payments.units, 2, fail))

    asked = failing(CapturePayment(payment.id), origin=MERCHANT).value

    assert (asked.status, payments.now(payment)) == (PaymentStatus.PROCESSING, asked)
    payments.let_time_pass(ASKED_AFTER[0])
    assert payments.ask_all() == 1
    assert payments.now(payment).status is PaymentStatus.COMPLETED


def test_an_answer_that_comes_late_says_nothing_of_the_capture_that_followed(payments: PaymentAdapter) -> None:
    payment = authorized(payments)
    payments.provider.answer_next(GONE)
    payments.provider.answer_next(SILENT, happened=False)

    def capture_again() -> None:
        payments.let_time_pass(ASKED_AFTER[0])
        payments.ask_all()
        capture(payments, payment, "70.00")

    late = replace(payments.capture, units=Interrupted(payments.units, 2, capture_again))
    late(CapturePayment(payment.id, npr("60.00")), origin=MERCHANT)

    now = payments.now(payment)
    assert (now.attempt.status, now.to_take) == (AttemptStatus.CAPTURING, npr("70.00"))


def test_news_of_what_was_authorized_takes_no_capture_back_that_was_never_asked_for(payments: PaymentAdapter) -> None:
    payment = authorized(payments)
    body, headers = payments.provider.webhook_about(payment.attempt.reference)
    payments.provider.answer_next(SILENT, happened=True)
    capture(payments, payment)

    payments.receive(payments.config.id, body, headers)
    assert payments.heed_all() == 1

    assert payments.now(payment).attempt.status is AttemptStatus.CAPTURING


def test_a_release_whose_answer_cannot_be_stored_is_told_again(payments: PaymentAdapter) -> None:
    payment = authorized(payments)
    release = replace(payments.call_off.release, units=Interrupted(payments.units, 1, fail))

    ended = replace(payments.call_off, release=release)(payment.id, origin=MERCHANT).value

    assert (ended.status, ended.attempt.status) == (PaymentStatus.CALLED_OFF, AttemptStatus.AUTHORIZED)
    assert payments.provider.charges[payment.attempt.reference].status is ChargeStatus.DECLINED
    payments.let_time_pass(ASKED_AFTER[0])
    assert payments.ask_all() == 1
    assert payments.now(payment).attempt.status is AttemptStatus.DECLINED
