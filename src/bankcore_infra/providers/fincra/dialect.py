"""The dialect of Fincra, for one business."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha512
from hmac import digest
from typing import Final

from pydantic import SecretStr
from typing_extensions import override

from bankcore.providers.answers import ChargeAnswer, Unknown
from bankcore.providers.facts import AmountUnit, PaymentFlow, ProviderFacts, WebhookProof
from bankcore.providers.orders import ChargeLookup, ChargeOrder
from bankcore.providers.states import ChargeState
from bankcore.providers.webhook_events import WebhookEvent
from bankcore_infra.providers.answering import is_same
from bankcore_infra.providers.dialect import DialectWithoutRefunds
from bankcore_infra.providers.fincra import answers
from bankcore_infra.providers.fincra.payouts import PAYOUT_CURRENCIES, FincraPayouts
from bankcore_infra.providers.wire import WireAnswer, WireRequest, decimal_number, get, post_json

FACTS: Final = ProviderFacts(
    name="fincra",
    title="Fincra",
    currencies=frozenset({"GHS", "KES", "NGN", "UGX", "USD", "ZAR", "ZMW"}),
    amount_unit=AmountUnit.MAJOR,
    flows=frozenset({PaymentFlow.REDIRECT}),
    webhook_proof=WebhookProof.BODY,
    has_idempotency=False,
    has_lookup_by_reference=True,
    has_refunds=False,
    has_refund_status=False,
    payout_currencies=PAYOUT_CURRENCIES,
)


@dataclass(frozen=True, slots=True)
class FincraCredentials:
    """What Fincra gives out."""

    secret_key: SecretStr
    public_key: SecretStr
    business_id: SecretStr
    webhook_secret: SecretStr


class FincraDialect(DialectWithoutRefunds):
    """Speaks to Fincra."""

    facts = FACTS

    def __init__(self, credentials: FincraCredentials) -> None:
        self._webhook_secret = credentials.webhook_secret.get_secret_value().encode()
        self._headers = {
            "api-key": credentials.secret_key.get_secret_value(),
            "x-business-id": credentials.business_id.get_secret_value(),
        }
        self.payouts = FincraPayouts(self._headers, credentials.business_id.get_secret_value())
        self._ordering = {**self._headers, "x-pub-key": credentials.public_key.get_secret_value()}

    @override
    def charge_request(self, order: ChargeOrder) -> WireRequest:
        document = {
            "amount": decimal_number(order.amount.to_decimal_string()),
            "currency": order.amount.currency.code,
            "reference": order.reference,
            "customer": {
                "name": order.payer.name or order.payer.email,
                "email": order.payer.email,
                **({} if order.payer.phone is None else {"phoneNumber": order.payer.phone}),
            },
            "redirectUrl": order.return_url,
            "feeBearer": "business",
            "settlementDestination": "wallet",
            "metadata": {**order.metadata, "description": order.description},
        }
        return post_json("/checkout/payments", self._ordering, document)

    @override
    def charge_answer(self, order: ChargeOrder, answer: WireAnswer) -> ChargeAnswer:
        return answers.charge_answer(order, answer)

    @override
    def charge_lookup(self, lookup: ChargeLookup) -> WireRequest:
        return get(f"/checkout/payments/merchant-reference/{lookup.reference}", self._headers)

    @override
    def charge_state(self, lookup: ChargeLookup, answer: WireAnswer) -> ChargeState | Unknown:
        return answers.charge_state(answer)

    @override
    def is_signed(self, body: bytes, headers: Mapping[str, str], now: datetime) -> bool:
        """HMAC-SHA512 of the document without spaces, which is how it is sent; if it is not, it is written so."""
        given = headers.get("signature")
        return any(is_same(digest(self._webhook_secret, text, sha512).hex(), given) for text in (body, _compact(body)))

    @override
    def event(self, body: bytes) -> WebhookEvent | None:
        return answers.event(body)

    @override
    def health_request(self) -> WireRequest:
        return get("/profile/business/me", self._headers)


def _compact(body: bytes) -> bytes:
    try:
        return json.dumps(json.loads(body), separators=(",", ":"), ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return body
