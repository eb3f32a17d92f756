"""The dialect of Stripe, for one secret key and one signing secret."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import quote

from pydantic import SecretStr
from typing_extensions import override

from bankcore.providers.answers import ChargeAnswer, RefundAnswer, Unknown
from bankcore.providers.facts import AmountUnit, PaymentFlow, ProviderFacts, WebhookProof
from bankcore.providers.orders import ChargeLookup, ChargeOrder, RefundLookup, RefundOrder
from bankcore.providers.states import ChargeState, RefundState
from bankcore.providers.webhook_events import WebhookEvent
from bankcore_infra.providers.dialect import Dialect
from bankcore_infra.providers.stripe import answers, webhooks
from bankcore_infra.providers.stripe.captures import FEE, StripeCaptures
from bankcore_infra.providers.stripe.disputes import StripeDisputes
from bankcore_infra.providers.wire import WireAnswer, WireRequest, get, post_form

# Stripe counts ISK and UGX in hundredths that they have not, and rounds those of three decimals: they are left out.
FACTS: Final = ProviderFacts(
    name="stripe",
    title="Stripe",
    currencies=frozenset(
        {
            *("AED", "AUD", "BRL", "CAD", "CHF", "CZK", "DKK", "EUR", "GBP", "GHS", "HKD", "INR", "JPY", "KES", "KRW"),
            *("MXN", "MYR", "NGN", "NOK", "NPR", "NZD", "PLN", "SEK", "SGD", "THB", "USD", "XAF", "XOF", "ZAR"),
        }
    ),
    amount_unit=AmountUnit.MINOR,
    flows=frozenset({PaymentFlow.REDIRECT, PaymentFlow.TOKEN}),
    webhook_proof=WebhookProof.BODY,
    has_idempotency=True,
    has_lookup_by_reference=True,
    has_refunds=True,
    has_refund_status=True,
    has_disputes=True,
    has_capture=True,
)
API_VERSION: Final = "2024-06-20"
"""The version of the interface that this dialect was written for; without it, the account's own would hold."""


@dataclass(frozen=True, slots=True)
class StripeCredentials:
    """What Stripe gives out; each endpoint for webhooks has a secret of its own."""

    secret_key: SecretStr
    webhook_secret: SecretStr


class StripeDialect(Dialect):
    """Speaks to Stripe."""

    facts = FACTS
    refunds_by_transaction = True

    def __init__(self, credentials: StripeCredentials) -> None:
        self._webhook_secret = credentials.webhook_secret.get_secret_value()
        self._headers = {
            "Authorization": f"Bearer {credentials.secret_key.get_secret_value()}",
            "Stripe-Version": API_VERSION,
        }
        self.disputes = StripeDisputes(self._headers)
        self.captures = StripeCaptures(self._headers)

    @override
    def charge_request(self, order: ChargeOrder) -> WireRequest:
        headers = {**self._headers, "Idempotency-Key": order.reference}
        currency = order.amount.currency.code.lower()
        if order.method is not None:
            fields = {
                "amount": str(order.amount.minor),
                "currency": currency,
                "payment_method": order.method,
                "confirm": "true",
                "return_url": order.return_url,
                "description": order.description,
                "receipt_email": order.payer.email,
                "expand[]": FEE,
                **_metadata(order, "metadata", "card"),
                **({"capture_method": "manual"} if order.is_captured_later else {}),
            }
            return post_form("/v1/payment_intents", headers, fields)
        fields = {
            "mode": "payment",
            "client_reference_id": order.reference,
            "customer_email": order.payer.email,
            "success_url": order.return_url,
            "cancel_url": order.return_url,
            "line_items[0][quantity]": "1",
            "line_items[0][price_data][currency]": currency,
            "line_items[0][price_data][unit_amount]": str(order.amount.minor),
            "line_items[0][price_data][product_data][name]": order.description,
            **_metadata(order, "payment_intent_data[metadata]", "page"),
            **({"payment_intent_data[capture_method]": "manual"} if order.is_captured_later else {}),
        }
        return post_form("/v1/checkout/sessions", headers, fields)

    @override
    def charge_answer(self, order: ChargeOrder, answer: WireAnswer) -> ChargeAnswer:
        return answers.charge_answer(order, answer)

    @override
    def charge_lookup(self, lookup: ChargeLookup) -> WireRequest:
        if lookup.provider_id is None:
            # What is searched for is found a minute after it was made, and hours later in an outage.
            query = f"metadata['{answers.REFERENCE}']:'{lookup.reference}'"
            return get("/v1/payment_intents/search", self._headers, {"query": query, "expand[]": f"data.{FEE}"})
        own = quote(lookup.provider_id, safe="")
        if lookup.provider_id.startswith("cs_"):
            return get(f"/v1/checkout/sessions/{own}", self._headers, {"expand[]": f"payment_intent.{FEE}"})
        return get(f"/v1/payment_intents/{own}", self._headers, {"expand[]": FEE})

    @override
    def charge_state(self, lookup: ChargeLookup, answer: WireAnswer) -> ChargeState | Unknown:
        return answers.charge_state(answer)

    @override
    def refund_request(self, order: RefundOrder, transaction_id: str) -> WireRequest:
        fields = {
            "payment_intent": transaction_id,
            "amount": str(order.amount.minor),
            "reason": "requested_by_customer",
            "metadata[reference]": order.reference,
            "metadata[charge_reference]": order.charge.reference,
            "metadata[reason]": order.reason,
        }
        return post_form("/v1/refunds", {**self._headers, "Idempotency-Key": order.reference}, fields)

    @override
    def refund_answer(self, order: RefundOrder, answer: WireAnswer) -> RefundAnswer:
        return answers.refund_answer(answer)

    @override
    def refund_lookup(self, lookup: RefundLookup) -> WireRequest:
        if lookup.provider_id is not None:
            return get(f"/v1/refunds/{quote(lookup.provider_id, safe='')}", self._headers)
        return get("/v1/refunds", self._headers, {"limit": "100"})

    @override
    def refund_state(self, lookup: RefundLookup, answer: WireAnswer) -> RefundState | Unknown:
        return answers.refund_state(lookup, answer)

    @override
    def is_signed(self, body: bytes, headers: Mapping[str, str], now: datetime) -> bool:
        return webhooks.is_signed(body, headers, self._webhook_secret, now)

    @override
    def event(self, body: bytes) -> WebhookEvent | None:
        return webhooks.event(body)

    @override
    def health_request(self) -> WireRequest:
        return get("/v1/balance", self._headers)


def _metadata(order: ChargeOrder, field: str, flow: str) -> dict[str, str]:
    """Ours besides the caller's: by the reference it is found, and the flow says who may try another card."""
    said = {**order.metadata, answers.REFERENCE: order.reference, answers.FLOW: flow}
    return {f"{field}[{name}]": value for name, value in said.items()}
