"""The dialect of eSewa, for one merchant. Nothing is sent to order: the payer's browser sends a signed form."""

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from hmac import digest
from typing import Final
from urllib.parse import parse_qsl

from pydantic import SecretStr
from typing_extensions import override

from bankcore.money import Money
from bankcore.providers.answers import ChargeAccepted, ChargeAnswer, SubmitForm, Unknown
from bankcore.providers.facts import AmountUnit, PaymentFlow, ProviderFacts, WebhookProof
from bankcore.providers.orders import ChargeLookup, ChargeOrder
from bankcore.providers.states import ChargeState, ChargeStatus
from bankcore.providers.webhook_events import WebhookEvent
from bankcore_infra.providers.answering import UNREADABLE, is_same, is_success, not_read, said_in
from bankcore_infra.providers.dialect import DialectWithoutRefunds
from bankcore_infra.providers.said import Said
from bankcore_infra.providers.wire import WireAnswer, WireRequest, get

FACTS: Final = ProviderFacts(
    name="esewa",
    title="eSewa",
    currencies=frozenset({"NPR"}),
    amount_unit=AmountUnit.MAJOR,
    flows=frozenset({PaymentFlow.REDIRECT}),
    webhook_proof=WebhookProof.BODY,
    has_idempotency=False,
    has_lookup_by_reference=True,
    has_refunds=False,
    has_refund_status=False,
)
LIVE_URL: Final = "https://esewa.com.np"
TEST_URL: Final = "https://rc.esewa.com.np"
_FORMS: Final = {LIVE_URL: "https://epay.esewa.com.np", TEST_URL: "https://rc-epay.esewa.com.np"}
_ORDER_FIELDS: Final = ("total_amount", "transaction_uuid", "product_code")
# The signature of the form is before the payer's eyes. Whoever sends it back with a status has not signed that.
_PROVED: Final = frozenset({"status", *_ORDER_FIELDS})
_STATUSES: Final[Mapping[str, ChargeStatus]] = {
    "COMPLETE": ChargeStatus.SUCCEEDED,
    "PARTIAL_REFUND": ChargeStatus.SUCCEEDED,
    "FULL_REFUND": ChargeStatus.REVERSED,
    "PENDING": ChargeStatus.PENDING,
    "AMBIGUOUS": ChargeStatus.PENDING,
    "CANCELED": ChargeStatus.DECLINED,
    "NOT_FOUND": ChargeStatus.NOT_FOUND,
}


@dataclass(frozen=True, slots=True)
class EsewaCredentials:
    """What eSewa gives out."""

    secret_key: SecretStr
    product_code: SecretStr


class EsewaDialect(DialectWithoutRefunds):
    """Speaks to eSewa."""

    facts = FACTS

    def __init__(self, credentials: EsewaCredentials, url: str) -> None:
        self._secret_key = credentials.secret_key.get_secret_value().encode()
        self._product_code = credentials.product_code.get_secret_value()
        self._form_url = _FORMS.get(url, url)

    @override
    def charge_request(self, order: ChargeOrder) -> ChargeAnswer:
        amount = _text_of(order.amount)
        fields = {
            "amount": amount,
            "tax_amount": "0",
            "product_service_charge": "0",
            "product_delivery_charge": "0",
            "total_amount": amount,
            "transaction_uuid": order.reference,
            "product_code": self._product_code,
            "success_url": order.return_url,
            "failure_url": order.return_url,
            "signed_field_names": ",".join(_ORDER_FIELDS),
        }
        signed = {**fields, "signature": self._signature(fields, _ORDER_FIELDS)}
        form = SubmitForm(f"{self._form_url}/api/epay/main/v2/form", tuple(signed.items()))
        return ChargeAccepted(provider_id=order.reference, status=ChargeStatus.REQUIRES_ACTION, next_action=form)

    @override
    def charge_answer(self, order: ChargeOrder, answer: WireAnswer) -> ChargeAnswer:
        return UNREADABLE

    @override
    def charge_lookup(self, lookup: ChargeLookup) -> WireRequest:
        query = {
            "product_code": self._product_code,
            "total_amount": _text_of(lookup.amount),
            "transaction_uuid": lookup.reference,
        }
        return get("/api/epay/transaction/status/", {}, query)

    @override
    def charge_state(self, lookup: ChargeLookup, answer: WireAnswer) -> ChargeState | Unknown:
        return (_state_in(said_in(answer)) or UNREADABLE) if is_success(answer) else not_read(answer)

    @override
    def is_signed(self, body: bytes, headers: Mapping[str, str], now: datetime) -> bool:
        said = _brought_back(body)
        names = (said.get("signed_field_names") or "").split(",")
        if not _PROVED.issubset(names) or not set(names).issubset(said):
            return False
        is_ours = is_same(self._product_code, said["product_code"])
        return is_same(self._signature(said, names), said.get("signature")) and is_ours

    @override
    def event(self, body: bytes) -> WebhookEvent | None:
        said = _brought_back(body)
        reference, name = said.get("transaction_uuid"), said.get("status")
        if not reference or not name:
            return None
        return WebhookEvent(name=name, event_id=f"{reference}:{name}", state=_state_in(Said(dict(said))))

    @override
    def health_request(self) -> WireRequest:
        query = {"product_code": self._product_code, "total_amount": "1", "transaction_uuid": "health"}
        return get("/api/epay/transaction/status/", {}, query)

    def _signature(self, fields: Mapping[str, str], names: Sequence[str]) -> str:
        message = ",".join(f"{name}={fields[name]}" for name in names)
        return b64encode(digest(self._secret_key, message.encode(), sha256)).decode("ascii")


def _brought_back(body: bytes) -> Mapping[str, str]:
    """What the query of the address says in its `data`: JSON in base64, numbers with the digits that were signed."""
    try:
        data = dict(parse_qsl(body.decode("ascii"))).get("data", "")
        # Where a plus sign was not escaped, it became a space.
        said = json.loads(b64decode(data.replace(" ", "+"), validate=True), parse_float=str, parse_int=str)
    except (ValueError, RecursionError):
        return {}
    return {name: value for name, value in said.items() if isinstance(value, str)} if isinstance(said, dict) else {}


def _state_in(said: Said) -> ChargeState | None:
    status = _STATUSES.get(said.at("status").text or "")
    if status is None:
        return None
    reference = said.at("transaction_uuid").text
    return ChargeState(
        status=status,
        reference=reference,
        provider_id=reference,
        amount=said.at("total_amount").major("NPR"),
        transaction_id=said.at("ref_id").text or said.at("transaction_code").text,
        code=said.at("status").text,
    )


def _text_of(amount: Money) -> str:
    """As eSewa writes amounts: whole rupees without decimals."""
    return amount.to_decimal_string().removesuffix(".00")
