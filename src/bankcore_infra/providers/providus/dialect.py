"""The dialect of Providus, for one client: an account for each order, which it names when money comes.

Its pages are https://developer.providusbank.com/digital-collection-service-dcs/.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha512
from http import HTTPStatus
from typing import Final

from pydantic import SecretStr
from typing_extensions import override

from bankcore.providers.answers import ChargeAccepted, ChargeAnswer, NotExecuted, TransferToAccount, Unknown
from bankcore.providers.facts import AmountUnit, PaymentFlow, ProviderFacts, WebhookProof
from bankcore.providers.orders import ChargeLookup, ChargeOrder
from bankcore.providers.states import ChargeState, ChargeStatus
from bankcore.providers.webhook_events import WebhookEvent
from bankcore_infra.providers.answering import (
    CHARGE_NOT_FOUND,
    UNREADABLE,
    is_same,
    is_success,
    not_read,
    refusal,
    said_in,
)
from bankcore_infra.providers.dialect import DialectWithoutRefunds
from bankcore_infra.providers.said import Said
from bankcore_infra.providers.wire import WireAnswer, WireRequest, get, post_json

FACTS: Final = ProviderFacts(
    name="providus",
    title="Providus",
    currencies=frozenset({"NGN"}),
    amount_unit=AmountUnit.MAJOR,
    flows=frozenset({PaymentFlow.BANK_TRANSFER}),
    webhook_proof=WebhookProof.SENDER,
    has_idempotency=False,
    has_lookup_by_reference=False,
    has_refunds=False,
    has_refund_status=False,
    is_told_alone=True,
)
_DONE: Final = "00"
_NGN: Final = "NGN"


@dataclass(frozen=True, slots=True)
class ProvidusCredentials:
    """What Providus gives out."""

    client_id: SecretStr
    client_secret: SecretStr


class ProvidusDialect(DialectWithoutRefunds):
    """Speaks to Providus."""

    facts = FACTS

    def __init__(self, credentials: ProvidusCredentials) -> None:
        client_id = credentials.client_id.get_secret_value()
        both = f"{client_id}:{credentials.client_secret.get_secret_value()}"
        self._signature = sha512(both.encode()).hexdigest().upper()
        self._headers = {"Client-Id": client_id, "X-Auth-Signature": self._signature}

    @override
    def charge_request(self, order: ChargeOrder) -> WireRequest:
        # The name is the one thing that an account can be given, so a person finds it by our reference.
        return post_json("/PiPCreateDynamicAccountNumber", self._headers, {"account_name": order.reference})

    @override
    def charge_answer(self, order: ChargeOrder, answer: WireAnswer) -> ChargeAnswer:
        said = said_in(answer)
        code, reason = said.at("responseCode").text, said.at("responseMessage").text
        if not is_success(answer):
            return refusal(answer, code, reason)
        number, name = said.at("account_number").text, said.at("account_name").text
        if said.at("requestSuccessful").truth is False and code not in {None, _DONE} and number is None:
            return NotExecuted(code or "refused", reason or "The provider opened no account.")
        if code != _DONE or number is None or name is None:
            return UNREADABLE
        account = TransferToAccount(bank="Providus Bank", account_number=number, account_name=name)
        return ChargeAccepted(provider_id=number, status=ChargeStatus.REQUIRES_ACTION, next_action=account)

    @override
    def charge_lookup(self, lookup: ChargeLookup) -> WireRequest | None:
        if lookup.transaction_id is None:
            return None
        return get("/PiPverifyTransaction_settlementid", self._headers, {"settlement_id": lookup.transaction_id})

    @override
    def charge_state(self, lookup: ChargeLookup, answer: WireAnswer) -> ChargeState | Unknown:
        said = said_in(answer)
        # Of what it does not know it says everything empty, and why, with 400.
        is_unheard = said.at("settlementId").text is None and said.at("tranRemarks").text is not None
        if is_unheard and (is_success(answer) or answer.status == HTTPStatus.BAD_REQUEST):
            return CHARGE_NOT_FOUND
        return _state_in(said) or UNREADABLE if is_success(answer) else not_read(answer)

    @override
    def is_signed(self, body: bytes, headers: Mapping[str, str], now: datetime) -> bool:
        return is_same(self._signature, headers.get("x-auth-signature", "").upper())

    @override
    def event(self, body: bytes) -> WebhookEvent | None:
        said = Said.in_bytes(body)
        state = None if said is None else _state_in(said)
        if state is None or state.transaction_id is None:
            return None
        return WebhookEvent(name="settlement", event_id=state.transaction_id, state=state)

    @override
    def webhook_reply(self, body: bytes, *, is_new: bool) -> Mapping[str, object]:
        # 00 is a success, 01 what was told before; it sends again what was not answered so.
        said = Said.in_bytes(body)
        code, message = ("00", "success") if is_new else ("01", "duplicate transaction")
        session = "" if said is None else said.at("sessionId").text or ""
        return {"requestSuccessful": True, "sessionId": session, "responseMessage": message, "responseCode": code}

    @override
    def health_request(self) -> WireRequest:
        return get("/PiPverifyTransaction_settlementid", self._headers, {"settlement_id": "health"})


def _state_in(said: Said) -> ChargeState | None:
    """Money that came to an account. It may be more or less than was ordered: the payer chose."""
    account, amount = said.at("accountNumber").text, said.at("transactionAmount").major(_NGN)
    if account is None or amount is None or said.at("settlementId").text is None:
        return None
    return ChargeState(
        status=ChargeStatus.SUCCEEDED,
        reference=None,
        provider_id=account,
        amount=amount,
        transaction_id=said.at("settlementId").text,
        fee=said.at("feeAmount").major(_NGN),
        code=said.at("tranRemarks").text,
    )
