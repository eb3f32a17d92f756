"""Disputes as Paystack tells of them: https://paystack.com/docs/api/dispute. It takes what was accepted, and no fee."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from urllib.parse import quote

from typing_extensions import override

from bankcore.money import Money
from bankcore.providers.answers import Unknown
from bankcore.providers.disputes import DisputedMoney, DisputeStanding, DisputeState
from bankcore_infra.providers.answering import UNREADABLE, is_success, not_read, said_in
from bankcore_infra.providers.dispute_dialect import DisputeDialect
from bankcore_infra.providers.paystack.answers import MODES
from bankcore_infra.providers.said import Said
from bankcore_infra.providers.wire import WireAnswer, WireRequest, get

_STANDINGS: Final[Mapping[str, DisputeStanding]] = {
    "awaiting-merchant-feedback": DisputeStanding.NEEDS_RESPONSE,
    "awaiting-bank-feedback": DisputeStanding.UNDER_REVIEW,
    "pending": DisputeStanding.UNDER_REVIEW,
}
_ENDS: Final[Mapping[str, DisputeStanding]] = {
    "merchant-accepted": DisputeStanding.LOST,
    "auto-accepted": DisputeStanding.LOST,
    "declined": DisputeStanding.WON,
}


class PaystackDisputes(DisputeDialect):
    """Asks for a dispute, which comes with its transaction."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._headers = headers

    @override
    def dispute_request(self, provider_id: str) -> WireRequest:
        return get(f"/dispute/{quote(provider_id, safe='')}", self._headers)

    @override
    def dispute_state(self, answer: WireAnswer) -> DisputeState | Unknown:
        return dispute_state_in(said_in(answer).at("data")) or UNREADABLE if is_success(answer) else not_read(answer)


def dispute_state_in(data: Said) -> DisputeState | None:
    """The state that a dispute of Paystack has; None if it has none that we know."""
    is_resolved = data.at("status").text == "resolved"
    word = data.at("resolution").text if is_resolved else data.at("status").text
    status = (_ENDS if is_resolved else _STANDINGS).get(word or "")
    transaction = data.at("transaction")
    currency = data.at("currency").text or transaction.at("currency").text
    if status is None:
        return None
    amount = transaction.at("amount").minor(currency)
    taken = data.at("refund_amount").minor(currency) or amount
    return DisputeState(
        status=status,
        provider_id=data.at("id").text,
        reference=transaction.at("reference").text,
        amount=amount,
        withdrawn=_taken(taken) if status is DisputeStanding.LOST else None,
        reason=data.at("category").text,
        respond_by=_instant(data.at("dueAt").text),
        mode=MODES.get(data.at("domain").text or ""),
    )


def _taken(amount: Money | None) -> DisputedMoney | None:
    return None if amount is None else DisputedMoney(amount, Money.zero(amount.currency))


def _instant(text: str | None) -> datetime | None:
    try:
        instant = None if text is None else datetime.fromisoformat(text)
    except ValueError:
        return None
    return None if instant is None or instant.tzinfo is None else instant
