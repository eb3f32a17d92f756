"""The dialect of Paystack, for one secret key."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pydantic import SecretStr
from typing_extensions import override

from bankcore.providers.answers import ChargeAnswer, RefundAnswer, Unknown
from bankcore.providers.facts import AmountUnit, PaymentFlow, ProviderFacts, WebhookProof
from bankcore.providers.orders import ChargeLookup, ChargeOrder, RefundLookup, RefundOrder
from bankcore.providers.states import ChargeState, RefundState
from bankcore.providers.webhook_events import WebhookEvent
from bankcore_infra.providers.dialect import Dialect
from bankcore_infra.providers.paystack import answers, requests, webhooks
from bankcore_infra.providers.paystack.disputes import PaystackDisputes
from bankcore_infra.providers.paystack.payouts import PAYOUT_CURRENCIES, PaystackPayouts
from bankcore_infra.providers.wire import WireAnswer, WireRequest, get

# Of XOF it counts hundredths that the currency has not, so it is left out.
FACTS: Final = ProviderFacts(
    name="paystack",
    title="Paystack",
    currencies=frozenset({"GHS", "KES", "NGN", "USD", "ZAR"}),
    amount_unit=AmountUnit.MINOR,
    flows=frozenset({PaymentFlow.REDIRECT, PaymentFlow.TOKEN}),
    webhook_proof=WebhookProof.BODY,
    has_idempotency=False,
    has_lookup_by_reference=True,
    has_refunds=True,
    has_refund_status=True,
    has_disputes=True,
    payout_currencies=PAYOUT_CURRENCIES,
)


@dataclass(frozen=True, slots=True)
class PaystackCredentials:
    """What Paystack gives out."""

    secret_key: SecretStr


class PaystackDialect(Dialect):
    """Speaks to Paystack."""

    facts = FACTS
    refunds_by_transaction = False

    def __init__(self, credentials: PaystackCredentials) -> None:
        self._secret_key = credentials.secret_key.get_secret_value()
        self._headers = {"Authorization": f"Bearer {self._secret_key}"}
        self.payouts = PaystackPayouts(self._headers)
        self.disputes = PaystackDisputes(self._headers)

    @override
    def charge_request(self, order: ChargeOrder) -> WireRequest:
        return requests.charge(order, self._headers)

    @override
    def charge_answer(self, order: ChargeOrder, answer: WireAnswer) -> ChargeAnswer:
        return answers.charge_answer(order, answer)

    @override
    def charge_lookup(self, lookup: ChargeLookup) -> WireRequest:
        return requests.charge_lookup(lookup, self._headers)

    @override
    def charge_state(self, lookup: ChargeLookup, answer: WireAnswer) -> ChargeState | Unknown:
        return answers.charge_state(answer)

    @override
    def refund_request(self, order: RefundOrder, transaction_id: str) -> WireRequest:
        return requests.refund(order, self._headers)

    @override
    def refund_answer(self, order: RefundOrder, answer: WireAnswer) -> RefundAnswer:
        return answers.refund_answer(answer)

    @override
    def refund_lookup(self, lookup: RefundLookup) -> WireRequest:
        return requests.refund_lookup(lookup, self._headers)

    @override
    def refund_state(self, lookup: RefundLookup, answer: WireAnswer) -> RefundState | Unknown:
        return answers.refund_state(lookup, answer)

    @override
    def is_signed(self, body: bytes, headers: Mapping[str, str], now: datetime) -> bool:
        return webhooks.is_signed(body, headers, self._secret_key)

    @override
    def event(self, body: bytes) -> WebhookEvent | None:
        return webhooks.event(body)

    @override
    def health_request(self) -> WireRequest:
        return get("/balance", self._headers)
