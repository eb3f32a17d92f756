"""How Stripe is told to take what was authorized, or to release it (https://docs.stripe.com/payments/place-a-hold-on-a-payment-method)."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

from typing_extensions import override

from bankcore.providers.answers import ChargeAnswer
from bankcore.providers.orders import CaptureOrder
from bankcore_infra.providers.dialect import CaptureDialect
from bankcore_infra.providers.stripe import answers
from bankcore_infra.providers.wire import WireAnswer, WireRequest, post_form

FEE: Final = "latest_charge.balance_transaction"
"""What has to be asked for to be told what Stripe keeps."""


class StripeCaptures(CaptureDialect):
    """Captures and cancellations of intents, with the headers of one account."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._headers = headers

    @override
    def capture_request(self, order: CaptureOrder, transaction_id: str) -> WireRequest:
        fields = {"amount_to_capture": str(order.amount.minor), "expand[]": FEE}
        headers = {**self._headers, "Idempotency-Key": order.reference}
        return post_form(f"/v1/payment_intents/{quote(transaction_id, safe='')}/capture", headers, fields)

    @override
    def capture_answer(self, order: CaptureOrder, answer: WireAnswer) -> ChargeAnswer:
        return answers.capture_answer(order, answer)

    @override
    def void_request(self, transaction_id: str) -> WireRequest:
        # It is released once, however often it is asked for.
        own = quote(transaction_id, safe="")
        return post_form(f"/v1/payment_intents/{own}/cancel", self._headers, {"cancellation_reason": "abandoned"})

    @override
    def void_answer(self, answer: WireAnswer) -> ChargeAnswer:
        return answers.void_answer(answer)
