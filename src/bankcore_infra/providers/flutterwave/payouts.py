"""Payouts by Flutterwave, version 3 (https://developer.flutterwave.com/v3.0/docs/transfers), in major units."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

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
from bankcore_infra.providers.answering import PAYOUT_NOT_FOUND, UNREADABLE, is_success, not_read, refusal, said_in
from bankcore_infra.providers.payout_dialect import PayoutDialect
from bankcore_infra.providers.said import Said
from bankcore_infra.providers.wire import WireAnswer, WireRequest, decimal_number, get, post_json

# Other currencies need more of the payee than a bank, a number and a name.
PAYOUT_CURRENCIES: Final = frozenset({"KES", "NGN"})
_STATUSES: Final[Mapping[str, PayoutStanding]] = {
    "SUCCESSFUL": PayoutStanding.SUCCEEDED,
    "NEW": PayoutStanding.PENDING,
    "PENDING": PayoutStanding.PENDING,
    "FAILED": PayoutStanding.FAILED,
}


class FlutterwavePayouts(PayoutDialect):
    """Speaks of transfers to Flutterwave."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._headers = headers

    @override
    def payee_request(self, order: PayoutOrder) -> None:
        return None

    @override
    def payee_named(self, answer: WireAnswer) -> str | NotExecuted:
        return ""

    @override
    def payout_request(self, order: PayoutOrder, payee_name: str) -> WireRequest:
        to, currency = order.destination, order.amount.currency.code
        document = {
            "account_bank": to.bank_code,
            "account_number": to.account_number,
            "beneficiary_name": to.payee,
            "amount": decimal_number(order.amount.to_decimal_string()),
            "currency": currency,
            "debit_currency": currency,
            "narration": order.description,
            "reference": order.reference,
        }
        return post_json("/v3/transfers", self._headers, document)

    @override
    def payout_answer(self, order: PayoutOrder, answer: WireAnswer) -> PayoutAnswer:
        said = said_in(answer)
        if not is_success(answer):
            reason = said.at("message").text
            # It was sent before: what became of it is another question.
            if "reference" in (reason or "").lower():
                return Unknown("the reference is known to the provider")
            return refusal(answer, None, reason)
        data = said.at("data")
        payout_id, status = data.at("id").text, _STATUSES.get(data.at("status").text or "")
        is_ours = said.at("status").text == "success" and data.at("reference").text == order.reference
        if not is_ours or payout_id is None or status is None:
            return UNREADABLE
        return PayoutAccepted(provider_id=payout_id, status=status)

    @override
    def payout_lookup(self, lookup: PayoutLookup) -> WireRequest:
        if lookup.provider_id is not None:
            return get(f"/v3/transfers/{quote(lookup.provider_id, safe='')}", self._headers)
        return get("/v3/transfers", self._headers, {"reference": lookup.reference})

    @override
    def payout_state(self, lookup: PayoutLookup, answer: WireAnswer) -> PayoutState | Unknown:
        said = said_in(answer)
        if not is_success(answer) or said.at("status").text != "success":
            return not_read(answer)
        if lookup.provider_id is not None:
            return payout_state_in(said.at("data")) or UNREADABLE
        listed = said.at("data").items
        for each in listed:
            if each.at("reference").text == lookup.reference:
                return payout_state_in(each) or UNREADABLE
        # Only an empty list says that there is none: others may have pushed ours out.
        return UNREADABLE if listed or not said.at("data").is_list else PAYOUT_NOT_FOUND


def payout_state_in(data: Said) -> PayoutState | None:
    """The state that a transfer has; None if it says no status that we know."""
    status = _STATUSES.get(data.at("status").text or "")
    if status is None:
        return None
    return PayoutState(
        status=status,
        reference=data.at("reference").text,
        provider_id=data.at("id").text,
        amount=data.at("amount").major(data.at("currency").text),
        code=data.at("complete_message").text or data.at("status").text,
    )
