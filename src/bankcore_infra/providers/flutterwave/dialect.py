"""The dialect of Flutterwave, for one secret key and the secret hash of its webhooks."""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from hmac import digest
from typing import Final
from urllib.parse import quote

from pydantic import SecretStr
from typing_extensions import override

from bankcore.providers.answers import ChargeAnswer, RefundAnswer, Unknown
from bankcore.providers.facts import AmountUnit, PaymentFlow, ProviderFacts, WebhookProof
from bankcore.providers.orders import ChargeLookup, ChargeOrder, RefundLookup, RefundOrder
from bankcore.providers.states import ChargeState, RefundState
from bankcore.providers.webhook_events import WebhookEvent
from bankcore_infra.providers.answering import is_same
from bankcore_infra.providers.dialect import Dialect
from bankcore_infra.providers.flutterwave import answers
from bankcore_infra.providers.flutterwave.payouts import PAYOUT_CURRENCIES, FlutterwavePayouts
from bankcore_infra.providers.wire import WireAnswer, WireRequest, decimal_number, get, post_json

FACTS: Final = ProviderFacts(
    name="flutterwave",
    title="Flutterwave",
    currencies=frozenset(
        {"EUR", "GBP", "GHS", "KES", "MWK", "NGN", "RWF", "TZS", "UGX", "USD", "XAF", "XOF", "ZAR", "ZMW"}
    ),
    amount_unit=AmountUnit.MAJOR,
    flows=frozenset({PaymentFlow.REDIRECT}),
    webhook_proof=WebhookProof.SENDER,
    has_idempotency=False,
    has_lookup_by_reference=True,
    has_refunds=True,
    has_refund_status=True,
    payout_currencies=PAYOUT_CURRENCIES,
)


@dataclass(frozen=True, slots=True)
class FlutterwaveCredentials:
    """What Flutterwave gives out, and the hash that one chooses there."""

    secret_key: SecretStr
    secret_hash: SecretStr


class FlutterwaveDialect(Dialect):
    """Speaks to Flutterwave."""

    facts = FACTS
    refunds_by_transaction = True

    def __init__(self, credentials: FlutterwaveCredentials) -> None:
        self._secret_hash = credentials.secret_hash.get_secret_value()
        self._headers = {"Authorization": f"Bearer {credentials.secret_key.get_secret_value()}"}
        self.payouts = FlutterwavePayouts(self._headers)

    @override
    def charge_request(self, order: ChargeOrder) -> WireRequest:
        payer = {"email": order.payer.email, "name": order.payer.name, "phonenumber": order.payer.phone}
        document = {
            "tx_ref": order.reference,
            "amount": order.amount.to_decimal_string(),
            "currency": order.amount.currency.code,
            "redirect_url": order.return_url,
            "customer": {name: value for name, value in payer.items() if value is not None},
            "customizations": {"title": order.description},
            "meta": dict(order.metadata),
        }
        return post_json("/v3/payments", self._headers, document)

    @override
    def charge_answer(self, order: ChargeOrder, answer: WireAnswer) -> ChargeAnswer:
        return answers.charge_answer(order, answer)

    @override
    def charge_lookup(self, lookup: ChargeLookup) -> WireRequest:
        return get("/v3/transactions/verify_by_reference", self._headers, {"tx_ref": lookup.reference})

    @override
    def charge_state(self, lookup: ChargeLookup, answer: WireAnswer) -> ChargeState | Unknown:
        return answers.charge_state(lookup, answer)

    @override
    def refund_request(self, order: RefundOrder, transaction_id: str) -> WireRequest:
        document = {"amount": decimal_number(order.amount.to_decimal_string()), "comments": order.reason}
        return post_json(f"/v3/transactions/{quote(transaction_id, safe='')}/refund", self._headers, document)

    @override
    def refund_answer(self, order: RefundOrder, answer: WireAnswer) -> RefundAnswer:
        return answers.refund_answer(answer)

    @override
    def refund_lookup(self, lookup: RefundLookup) -> WireRequest | None:
        # It keeps no reference of ours: one whose id was lost is a person's to find.
        if lookup.provider_id is None:
            return None
        return get(f"/v3/refunds/{quote(lookup.provider_id, safe='')}", self._headers)

    @override
    def refund_state(self, lookup: RefundLookup, answer: WireAnswer) -> RefundState | Unknown:
        return answers.refund_state(lookup.charge.amount.currency.code, answer)

    @override
    def is_signed(self, body: bytes, headers: Mapping[str, str], now: datetime) -> bool:
        # Accounts of version 4 sign the body; those of version 3 send the secret itself.
        if "flutterwave-signature" in headers:
            expected = b64encode(digest(self._secret_hash.encode(), body, sha256)).decode("ascii")
            return is_same(expected, headers["flutterwave-signature"])
        return is_same(self._secret_hash, headers.get("verif-hash"))

    @override
    def event(self, body: bytes) -> WebhookEvent | None:
        return answers.event(body)

    @override
    def health_request(self) -> WireRequest:
        return get("/v3/balances", self._headers)
