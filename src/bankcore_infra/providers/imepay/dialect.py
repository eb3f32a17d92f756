"""A dialect of our own, for IME Pay publishes none. It never meets real money (docs/adr/0085)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from hmac import digest
from http import HTTPStatus
from typing import Final

from pydantic import SecretStr
from typing_extensions import override

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
from bankcore.providers.states import ChargeState, ChargeStatus, ProviderMode, RefundState, RefundStatus
from bankcore.providers.webhook_events import WebhookEvent
from bankcore_infra.providers.answering import (
    CHARGE_NOT_FOUND,
    REFUND_NOT_FOUND,
    UNREADABLE,
    is_same,
    is_success,
    not_read,
    refusal,
    said_in,
)
from bankcore_infra.providers.dialect import Dialect
from bankcore_infra.providers.said import Said
from bankcore_infra.providers.wire import WireAnswer, WireRequest, get, post_json

FACTS: Final = ProviderFacts(
    name="imepay",
    title="IME Pay (simulated)",
    currencies=frozenset({"NPR"}),
    amount_unit=AmountUnit.MINOR,
    flows=frozenset({PaymentFlow.REDIRECT}),
    webhook_proof=WebhookProof.BODY,
    has_idempotency=True,
    has_lookup_by_reference=True,
    has_refunds=True,
    has_refund_status=True,
    is_simulated=True,
)
_STATUSES: Final[Mapping[str, ChargeStatus]] = {
    "waiting": ChargeStatus.REQUIRES_ACTION,
    "paid": ChargeStatus.SUCCEEDED,
    "refused": ChargeStatus.DECLINED,
}
_REFUND_STATUSES: Final[Mapping[str, RefundStatus]] = {
    "pending": RefundStatus.PENDING,
    "done": RefundStatus.SUCCEEDED,
    "failed": RefundStatus.FAILED,
}


@dataclass(frozen=True, slots=True)
class ImePayCredentials:
    """What the simulator gives out."""

    secret_key: SecretStr


class SimulatedImePayDialect(Dialect):
    """Speaks to the simulator."""

    facts = FACTS
    refunds_by_transaction = False

    def __init__(self, credentials: ImePayCredentials) -> None:
        self._secret_key = credentials.secret_key.get_secret_value()
        self._headers = {"Authorization": f"Bearer {self._secret_key}"}

    @override
    def charge_request(self, order: ChargeOrder) -> WireRequest:
        document = {
            "reference": order.reference,
            "amount": order.amount.minor,
            "currency": order.amount.currency.code,
            "description": order.description,
            "returnUrl": order.return_url,
        }
        return post_json("/v1/payments", self._headers, document)

    @override
    def charge_answer(self, order: ChargeOrder, answer: WireAnswer) -> ChargeAnswer:
        said = said_in(answer)
        if not is_success(answer):
            return refusal(answer, said.at("code").text, said.at("message").text)
        state, page = _state_in(said), said.at("page").text
        if state is None or state.reference != order.reference or page is None:
            return UNREADABLE
        return ChargeAccepted(provider_id=order.reference, status=state.status, next_action=RedirectPayer(page))

    @override
    def charge_lookup(self, lookup: ChargeLookup) -> WireRequest:
        return get(f"/v1/payments/{lookup.reference}", self._headers)

    @override
    def charge_state(self, lookup: ChargeLookup, answer: WireAnswer) -> ChargeState | Unknown:
        said = said_in(answer)
        if is_success(answer):
            return _state_in(said) or UNREADABLE
        return CHARGE_NOT_FOUND if _is_unheard(answer, said) else not_read(answer)

    @override
    def refund_request(self, order: RefundOrder, transaction_id: str) -> WireRequest:
        document = {
            "reference": order.reference,
            "payment": order.charge.reference,
            "amount": order.amount.minor,
            "reason": order.reason,
        }
        return post_json("/v1/refunds", self._headers, document)

    @override
    def refund_answer(self, order: RefundOrder, answer: WireAnswer) -> RefundAnswer:
        said = said_in(answer)
        if not is_success(answer):
            return refusal(answer, said.at("code").text, said.at("message").text)
        state = _refund_state_in(said)
        if state is None:
            return UNREADABLE
        return RefundAccepted(provider_id=order.reference, status=state.status)

    @override
    def refund_lookup(self, lookup: RefundLookup) -> WireRequest:
        return get(f"/v1/refunds/{lookup.reference}", self._headers)

    @override
    def refund_state(self, lookup: RefundLookup, answer: WireAnswer) -> RefundState | Unknown:
        said = said_in(answer)
        if is_success(answer):
            return _refund_state_in(said) or UNREADABLE
        return REFUND_NOT_FOUND if _is_unheard(answer, said) else not_read(answer)

    @override
    def is_signed(self, body: bytes, headers: Mapping[str, str], now: datetime) -> bool:
        expected = digest(self._secret_key.encode(), body, sha256).hex()
        return is_same(expected, headers.get("x-simulated-signature"))

    @override
    def event(self, body: bytes) -> WebhookEvent | None:
        said = Said.in_bytes(body)
        event_id = None if said is None else said.at("eventId").text
        if said is None or event_id is None:
            return None
        state = _state_in(said.at("payment")) or _refund_state_in(said.at("refund"))
        return WebhookEvent(
            name="refund" if isinstance(state, RefundState) else "payment", event_id=event_id, state=state
        )

    @override
    def health_request(self) -> WireRequest:
        return get("/v1/health", self._headers)


def _state_in(said: Said) -> ChargeState | None:
    status = _STATUSES.get(said.at("status").text or "")
    if status is None or said.at("payment").text is not None:
        return None
    currency, reference = said.at("currency").text, said.at("reference").text
    return ChargeState(
        status=status,
        reference=reference,
        provider_id=reference,
        amount=said.at("amount").minor(currency),
        fee=said.at("fee").minor(currency),
        mode=ProviderMode.TEST,
        code=said.at("status").text,
    )


def _refund_state_in(said: Said) -> RefundState | None:
    status, charge_reference = _REFUND_STATUSES.get(said.at("status").text or ""), said.at("payment").text
    if status is None or charge_reference is None:
        return None
    reference = said.at("reference").text
    return RefundState(
        status=status,
        reference=reference,
        provider_id=reference,
        charge_reference=charge_reference,
        amount=said.at("amount").minor(said.at("currency").text),
        mode=ProviderMode.TEST,
        code=said.at("status").text,
    )


def _is_unheard(answer: WireAnswer, said: Said) -> bool:
    return answer.status == HTTPStatus.NOT_FOUND and said.at("code").text == "not_found"
