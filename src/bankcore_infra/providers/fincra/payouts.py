"""Payouts by Fincra (https://docs.fincra.com/reference/payout-1) to bank accounts, in major units.

What it says of one is at https://docs.fincra.com/docs/payout-webhook, and how it is asked at
https://docs.fincra.com/reference/fetch-payout-by-customer-reference.
"""

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
from bankcore_infra.providers.answering import PAYOUT_NOT_FOUND, UNREADABLE, is_success, not_read, refusal, said_in
from bankcore_infra.providers.payout_dialect import PayoutDialect
from bankcore_infra.providers.said import Said
from bankcore_infra.providers.wire import WireAnswer, WireRequest, get, post_json

# Other currencies need more of the payee than a bank, a number and a name.
PAYOUT_CURRENCIES: Final = frozenset({"KES", "NGN"})
_STATUSES: Final[Mapping[str, PayoutStanding]] = {
    "successful": PayoutStanding.SUCCEEDED,
    "success": PayoutStanding.SUCCEEDED,
    "initiated": PayoutStanding.PENDING,
    "pending": PayoutStanding.PENDING,
    "processing": PayoutStanding.PENDING,
    "failed": PayoutStanding.FAILED,
}
# After these Fincra wants to be asked until it knows (https://docs.fincra.com/docs/payout-errors).
_UNCERTAIN: Final = frozenset({"INTERNAL_SERVER_ERROR", "RESOURCE_NOT_FOUND", "SERVICE_UNAVAILABLE"})


class FincraPayouts(PayoutDialect):
    """Speaks of payouts to Fincra, for one business."""

    def __init__(self, headers: Mapping[str, str], business_id: str) -> None:
        self._headers = headers
        self._business_id = business_id

    @override
    def payee_request(self, order: PayoutOrder) -> None:
        return None

    @override
    def payee_named(self, answer: WireAnswer) -> str | NotExecuted:
        return ""

    @override
    def payout_request(self, order: PayoutOrder, payee_name: str) -> WireRequest:
        to, currency = order.destination, order.amount.currency.code
        first, _space, last = to.payee.partition(" ")
        document = {
            "business": self._business_id,
            "sourceCurrency": currency,
            "destinationCurrency": currency,
            "amount": order.amount.to_decimal_string(),
            "description": order.description,
            "customerReference": order.reference,
            "paymentDestination": "bank_account",
            "beneficiary": {
                "firstName": first,
                "lastName": last or first,
                "accountHolderName": to.payee,
                "accountNumber": to.account_number,
                "bankCode": to.bank_code,
                "type": "individual",
            },
        }
        return post_json("/disbursements/payouts", self._headers, document)

    @override
    def payout_answer(self, order: PayoutOrder, answer: WireAnswer) -> PayoutAnswer:
        said = said_in(answer)
        if not is_success(answer):
            kind, reason = said.at("errorType").text, said.at("message").text or said.at("error").text
            # It was sent before: what became of it is another question.
            if "reference" in f"{kind} {reason}".lower():
                return Unknown("the reference is known to the provider")
            return not_read(answer) if kind in _UNCERTAIN else refusal(answer, kind, reason)
        data = said.at("data")
        own, status = data.at("reference").text, _STATUSES.get((data.at("status").text or "").lower())
        if said.at("success").truth is not True or own is None or status is None:
            return UNREADABLE
        return PayoutAccepted(provider_id=own, status=status)

    @override
    def payout_lookup(self, lookup: PayoutLookup) -> WireRequest:
        return get(f"/disbursements/payouts/customer-reference/{lookup.reference}", self._headers)

    @override
    def payout_state(self, lookup: PayoutLookup, answer: WireAnswer) -> PayoutState | Unknown:
        said = said_in(answer)
        if is_success(answer):
            return payout_state_in(said.at("data")) or UNREADABLE
        told = said.at("message").text or said.at("error").text
        return PAYOUT_NOT_FOUND if answer.status == HTTPStatus.NOT_FOUND and told is not None else not_read(answer)


def payout_state_in(data: Said) -> PayoutState | None:
    """The state that a payout has; None if it says no status that we know."""
    status = _STATUSES.get((data.at("status").text or "").lower())
    if status is None:
        return None
    return PayoutState(
        status=status,
        reference=data.at("customerReference").text,
        provider_id=data.at("reference").text,
        amount=data.at("amountReceived").major(data.at("destinationCurrency").text),
        code=data.at("reason").text or data.at("status").text,
    )
