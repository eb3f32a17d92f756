"""Disputes as Stripe tells of them: https://docs.stripe.com/api/disputes/object."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import quote

from typing_extensions import override

from bankcore.money import Money
from bankcore.providers.answers import Unknown
from bankcore.providers.disputes import DisputedMoney, DisputeStanding, DisputeState
from bankcore.providers.states import ProviderMode
from bankcore_infra.providers.answering import UNREADABLE, is_success, not_read, said_in
from bankcore_infra.providers.dispute_dialect import DisputeDialect
from bankcore_infra.providers.said import Said
from bankcore_infra.providers.wire import WireAnswer, WireRequest, get

# An inquiry takes no money. One that is closed so took none, so it is as good as won.
_STANDINGS: Final[Mapping[str, DisputeStanding]] = {
    "warning_needs_response": DisputeStanding.NEEDS_RESPONSE,
    "warning_under_review": DisputeStanding.UNDER_REVIEW,
    "warning_closed": DisputeStanding.WON,
    "needs_response": DisputeStanding.NEEDS_RESPONSE,
    "under_review": DisputeStanding.UNDER_REVIEW,
    "won": DisputeStanding.WON,
    "lost": DisputeStanding.LOST,
}
_DIGITS_MAX: Final = 11


class StripeDisputes(DisputeDialect):
    """Asks for a dispute with the intent of its charge, in which our reference is."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._headers = headers

    @override
    def dispute_request(self, provider_id: str) -> WireRequest:
        return get(f"/v1/disputes/{quote(provider_id, safe='')}", self._headers, {"expand[]": "payment_intent"})

    @override
    def dispute_state(self, answer: WireAnswer) -> DisputeState | Unknown:
        return dispute_state_in(said_in(answer)) or UNREADABLE if is_success(answer) else not_read(answer)


def dispute_state_in(said: Said) -> DisputeState | None:
    """The state that a dispute of Stripe has, also as part of an event; None if it has none."""
    status = _STANDINGS.get(said.at("status").text or "")
    amount = said.at("amount").minor(said.at("currency").text)
    if said.at("object").text != "dispute" or status is None or amount is None:
        return None
    moved = said.at("balance_transactions").items
    is_live = said.at("livemode").truth
    return DisputeState(
        status=status,
        provider_id=said.at("id").text,
        reference=said.at("payment_intent", "metadata", "reference").text,
        amount=amount,
        withdrawn=_moved(moved, amount, is_taken=True),
        reinstated=_moved(moved, amount, is_taken=False),
        reason=said.at("reason").text,
        respond_by=_instant(said.at("evidence_details", "due_by").text),
        mode=None if is_live is None else (ProviderMode.LIVE if is_live else ProviderMode.TEST),
    )


def _moved(moved: Sequence[Said], amount: Money, *, is_taken: bool) -> DisputedMoney | None:
    """What was taken or given back. Where our account there has another currency, it is the whole amount without a fee:
    the rest is a matter of the provider's settlement.
    """
    code, nothing = amount.currency.code, Money.zero(amount.currency)
    found = [each for each in moved if _is_of_sign(each.at("amount").minor(code), is_negative=is_taken)]
    if not found:
        return None
    if any((each.at("currency").text or "").upper() != code for each in found):
        return DisputedMoney(amount, nothing)
    whole = Money.sum((each.at("amount").minor(code) or nothing for each in found), code)
    return DisputedMoney(abs(whole), abs(Money.sum((each.at("fee").minor(code) or nothing for each in found), code)))


def _is_of_sign(money: Money | None, *, is_negative: bool) -> bool:
    return money is not None and money.minor != 0 and (money.minor < 0) is is_negative


def _instant(seconds: str | None) -> datetime | None:
    if seconds is None or not seconds.isascii() or not seconds.isdecimal() or len(seconds) > _DIGITS_MAX:
        return None
    return datetime.fromtimestamp(0, UTC) + timedelta(seconds=int(seconds))
