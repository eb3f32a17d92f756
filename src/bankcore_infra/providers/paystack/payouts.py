"""Payouts by Paystack (https://paystack.com/docs/transfers/single-transfers): a recipient first, then a transfer."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from typing_extensions import override

from bankcore.providers.answers import NotExecuted, Unknown
from bankcore.providers.payouts import (
    PayoutAccepted,
    PayoutAnswer,
    PayoutLookup,
    PayoutOrder,
    PayoutStanding,
    PayoutState,
)
from bankcore.providers.states import ProviderMode
from bankcore_infra.providers.answering import PAYOUT_NOT_FOUND, UNREADABLE, is_success, not_read, refusal, said_in
from bankcore_infra.providers.payout_dialect import PayoutDialect
from bankcore_infra.providers.said import Said
from bankcore_infra.providers.wire import WireAnswer, WireRequest, get, post_json

# The kind of account at a bank of each country.
_RECIPIENTS: Final[Mapping[str, str]] = {"NGN": "nuban", "GHS": "ghipss", "KES": "kepss", "ZAR": "basa"}
PAYOUT_CURRENCIES: Final = frozenset(_RECIPIENTS)
# One that waits for a code of a person of ours (`otp`) may still be sent, or be given up.
_STATUSES: Final[Mapping[str, PayoutStanding]] = {
    "success": PayoutStanding.SUCCEEDED,
    "pending": PayoutStanding.PENDING,
    "otp": PayoutStanding.PENDING,
    "queued": PayoutStanding.PENDING,
    "processing": PayoutStanding.PENDING,
    "received": PayoutStanding.PENDING,
    "failed": PayoutStanding.FAILED,
    "abandoned": PayoutStanding.FAILED,
    "blocked": PayoutStanding.FAILED,
    "rejected": PayoutStanding.FAILED,
    "reversed": PayoutStanding.RETURNED,
}
_MODES: Final = {"test": ProviderMode.TEST, "live": ProviderMode.LIVE}
_NO_PAYEE: Final = NotExecuted("payee_not_known", "The provider did not take the payee, so nothing was ordered.")


class PaystackPayouts(PayoutDialect):
    """Speaks of transfers to Paystack."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._headers = headers

    @override
    def payee_request(self, order: PayoutOrder) -> WireRequest:
        to = order.destination
        document = {
            "type": _RECIPIENTS[order.amount.currency.code],
            "name": to.payee,
            "account_number": to.account_number,
            "bank_code": to.bank_code,
            "currency": order.amount.currency.code,
        }
        return post_json("/transferrecipient", self._headers, document)

    @override
    def payee_named(self, answer: WireAnswer) -> str | NotExecuted:
        said = said_in(answer)
        if not is_success(answer):
            return NotExecuted(said.at("code").text or "payee_not_known", said.at("message").text or _NO_PAYEE.reason)
        return said.at("data", "recipient_code").text or _NO_PAYEE

    @override
    def payout_request(self, order: PayoutOrder, payee_name: str) -> WireRequest:
        document = {
            "source": "balance",
            "amount": order.amount.minor,
            "currency": order.amount.currency.code,
            "recipient": payee_name,
            "reference": order.reference,
            "reason": order.description,
        }
        return post_json("/transfer", self._headers, document)

    @override
    def payout_answer(self, order: PayoutOrder, answer: WireAnswer) -> PayoutAnswer:
        said = said_in(answer)
        if not is_success(answer):
            code, reason = said.at("code").text, said.at("message").text
            # It was sent before: what became of it is another question.
            if code == "duplicate_reference" or "reference" in (reason or "").lower():
                return Unknown("the reference is known to the provider")
            return refusal(answer, code, reason)
        data = said.at("data")
        status = _STATUSES.get(data.at("status").text or "")
        is_ours = said.at("status").truth is True and data.at("reference").text == order.reference
        if not is_ours or status is None:
            return UNREADABLE
        return PayoutAccepted(provider_id=data.at("transfer_code").text or order.reference, status=status)

    @override
    def payout_lookup(self, lookup: PayoutLookup) -> WireRequest:
        return get(f"/transfer/verify/{lookup.reference}", self._headers)

    @override
    def payout_state(self, lookup: PayoutLookup, answer: WireAnswer) -> PayoutState | Unknown:
        said = said_in(answer)
        if is_success(answer):
            return payout_state_in(said.at("data")) or UNREADABLE
        is_unheard = answer.status == HTTPStatus.NOT_FOUND or said.at("code").text == "transfer_not_found"
        return PAYOUT_NOT_FOUND if is_unheard and said.at("status").truth is False else not_read(answer)


def payout_state_in(data: Said) -> PayoutState | None:
    """The state that a transfer of Paystack has; None if it says no status that we know."""
    status = _STATUSES.get(data.at("status").text or "")
    if status is None:
        return None
    return PayoutState(
        status=status,
        reference=data.at("reference").text,
        provider_id=data.at("transfer_code").text,
        amount=data.at("amount").minor(data.at("currency").text),
        mode=_MODES.get(data.at("domain").text or ""),
        code=data.at("status").text,
    )
