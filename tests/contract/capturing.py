"""Payments that are captured later, as tests ask for them."""

from dataclasses import replace

from bankcore.idempotency.answers import Rejected
from bankcore.payments.capture import CapturePayment
from bankcore.payments.captures import CaptureMethod
from bankcore.payments.payments import Payment, PaymentStatus
from bankcore.providers.answers import NotExecuted, Unknown
from tests.contract.payment_adapters import MERCHANT, PaymentAdapter, answered
from tests.worlds.values import npr

SILENT = Unknown("time-out")
GONE = NotExecuted("not_sent", "no connection")


def authorized(payments: PaymentAdapter, amount: str = "100.00") -> Payment:
    order = replace(payments.order(amount), capture_method=CaptureMethod.MANUAL)
    payment = payments.create(order, origin=MERCHANT).value
    assert payment.status is PaymentStatus.REQUIRES_CAPTURE
    return payment


def capture(payments: PaymentAdapter, payment: Payment, amount: str | None = None, key: str | None = None) -> Payment:
    money = None if amount is None else npr(amount)
    return payments.capture(CapturePayment(payment.id, money, key), origin=MERCHANT).value


def refusal(payments: PaymentAdapter, command: CapturePayment) -> object:
    answer = answered(lambda: payments.capture(command, origin=MERCHANT))
    assert isinstance(answer, Rejected)
    return answer.reason
