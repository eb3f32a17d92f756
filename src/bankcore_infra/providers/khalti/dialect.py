"""The dialect of Khalti, for one secret key. Its lookup is the truth; what a payer brings back is a hint."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qsl, quote, urlsplit

from pydantic import SecretStr
from typing_extensions import override

from bankcore.money import Currency
from bankcore.providers.answers import (
    ChargeAccepted,
    ChargeAnswer,
    RedirectPayer,
    RefundAccepted,
    RefundAnswer,
    Unknown,
)
from bankcore.providers.facts import AmountUnit, PaymentFlow, ProviderFacts, WebhookProof
from bankcore.providers.orders import ChargeLookup, ChargeOrder, RefundLookup, RefundOrder
from bankcore.providers.states import ChargeState, ChargeStatus, RefundState, RefundStatus
from bankcore.providers.webhook_events import WebhookEvent
from bankcore_infra.providers.answering import CHARGE_NOT_FOUND, UNREADABLE, is_success, not_read, refusal, said_in
from bankcore_infra.providers.dialect import Dialect
from bankcore_infra.providers.said import Said
from bankcore_infra.providers.wire import WireAnswer, WireRequest, post_json

FACTS: Final = ProviderFacts(
    name="khalti",
    title="Khalti",
    currencies=frozenset({"NPR"}),
    amount_unit=AmountUnit.MINOR,
    flows=frozenset({PaymentFlow.REDIRECT}),
    webhook_proof=WebhookProof.NOTHING,
    has_idempotency=False,
    has_lookup_by_reference=False,
    has_refunds=True,
    has_refund_status=False,
)
_NPR: Final = Currency.of("NPR").code
_STATUSES: Final[Mapping[str, ChargeStatus]] = {
    "Completed": ChargeStatus.SUCCEEDED,
    "Partially Refunded": ChargeStatus.SUCCEEDED,
    "Partially refunded": ChargeStatus.SUCCEEDED,
    "Pending": ChargeStatus.PENDING,
    "Initiated": ChargeStatus.REQUIRES_ACTION,
    "Refunded": ChargeStatus.REVERSED,
    "Expired": ChargeStatus.DECLINED,
    "User canceled": ChargeStatus.DECLINED,
    "Canceled": ChargeStatus.DECLINED,
    "Failed": ChargeStatus.DECLINED,
}


@dataclass(frozen=True, slots=True)
class KhaltiCredentials:
    """What Khalti gives out."""

    secret_key: SecretStr


class KhaltiDialect(Dialect):
    """Speaks to Khalti."""

    facts = FACTS
    refunds_by_transaction = True

    def __init__(self, credentials: KhaltiCredentials) -> None:
        self._headers = {"Authorization": f"Key {credentials.secret_key.get_secret_value()}"}

    @override
    def charge_request(self, order: ChargeOrder) -> WireRequest:
        site = urlsplit(order.return_url)
        payer = {"name": order.payer.name, "email": order.payer.email, "phone": order.payer.phone}
        document = {
            "return_url": order.return_url,
            "website_url": f"{site.scheme}://{site.netloc}",
            "amount": order.amount.minor,
            "purchase_order_id": order.reference,
            "purchase_order_name": order.description,
            "customer_info": {name: value for name, value in payer.items() if value is not None},
        }
        return post_json("/v2/epayment/initiate/", self._headers, document)

    @override
    def charge_answer(self, order: ChargeOrder, answer: WireAnswer) -> ChargeAnswer:
        said = said_in(answer)
        if not is_success(answer):
            return refusal(answer, said.at("error_key").text, said.at("detail").text)
        own, page = said.at("pidx").text, said.at("payment_url").text
        if own is None or page is None:
            return UNREADABLE
        action = ChargeStatus.REQUIRES_ACTION
        return ChargeAccepted(provider_id=own, status=action, next_action=RedirectPayer(page))

    @override
    def charge_lookup(self, lookup: ChargeLookup) -> WireRequest | None:
        if lookup.provider_id is None:
            return None
        return post_json("/v2/epayment/lookup/", self._headers, {"pidx": lookup.provider_id})

    @override
    def charge_state(self, lookup: ChargeLookup, answer: WireAnswer) -> ChargeState | Unknown:
        said = said_in(answer)
        # What expired or was given up is told with 400.
        if is_success(answer) or answer.status == HTTPStatus.BAD_REQUEST:
            return _state_in(said) or UNREADABLE
        is_unheard = answer.status == HTTPStatus.NOT_FOUND and said.at("detail").text is not None
        return CHARGE_NOT_FOUND if is_unheard else not_read(answer)

    @override
    def refund_request(self, order: RefundOrder, transaction_id: str) -> WireRequest:
        path = f"/merchant-transaction/{quote(transaction_id, safe='')}/refund/"
        return post_json(path, self._headers, {"amount": order.amount.minor})

    @override
    def refund_answer(self, order: RefundOrder, answer: WireAnswer) -> RefundAnswer:
        said = said_in(answer)
        if not is_success(answer):
            return refusal(answer, said.at("error_key").text, said.at("detail").text)
        if "successful" not in (said.at("detail").text or ""):
            return UNREADABLE
        # It gives refunds no id, and tells nothing more of them.
        return RefundAccepted(provider_id=order.reference, status=RefundStatus.SUCCEEDED)

    @override
    def refund_lookup(self, lookup: RefundLookup) -> None:
        return None

    @override
    def refund_state(self, lookup: RefundLookup, answer: WireAnswer) -> RefundState | Unknown:
        return not_read(answer)

    @override
    def is_signed(self, body: bytes, headers: Mapping[str, str], now: datetime) -> bool:
        return False

    @override
    def event(self, body: bytes) -> WebhookEvent | None:
        """What the payer's browser brings back in the address."""
        try:
            said = Said(dict(parse_qsl(body.decode("ascii"), strict_parsing=True)))
        except ValueError:
            return None
        own, name = said.at("pidx").text, said.at("status").text
        if own is None or name is None:
            return None
        return WebhookEvent(name=name, event_id=f"{own}:{name}", state=_state_in(said))

    @override
    def health_request(self) -> WireRequest:
        return post_json("/v2/epayment/lookup/", self._headers, {"pidx": "health"})


def _state_in(said: Said) -> ChargeState | None:
    status = _STATUSES.get(said.at("status").text or "")
    if status is None:
        return None
    return ChargeState(
        status=status,
        reference=said.at("purchase_order_id").text,
        provider_id=said.at("pidx").text,
        amount=said.at("total_amount").minor(_NPR),
        transaction_id=said.at("transaction_id").text,
        fee=said.at("fee").minor(_NPR),
        code=said.at("status").text,
    )
