"""What Paystack says: `{"status": true, "message": ..., "data": ...}`, with a `code` when it refuses."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from bankcore.providers.answers import (
    ChargeAccepted,
    ChargeAnswer,
    Declined,
    NotExecuted,
    RedirectPayer,
    RefundAccepted,
    RefundAnswer,
    Unknown,
)
from bankcore.providers.orders import ChargeOrder, RefundLookup
from bankcore.providers.states import ChargeState, ChargeStatus, ProviderMode, RefundState, RefundStatus
from bankcore_infra.providers.answering import (
    CHARGE_NOT_FOUND,
    REFUND_NOT_FOUND,
    UNREADABLE,
    is_success,
    not_read,
    refusal,
    said_in,
)
from bankcore_infra.providers.paystack.requests import REFUNDS_LISTED
from bankcore_infra.providers.said import Said
from bankcore_infra.providers.wire import WireAnswer

# https://paystack.com/docs/payments/verify-payments: an abandoned payment can still be made.
CHARGE_STATUSES: Final[Mapping[str, ChargeStatus]] = {
    "success": ChargeStatus.SUCCEEDED,
    "failed": ChargeStatus.DECLINED,
    "reversed": ChargeStatus.REVERSED,
    "abandoned": ChargeStatus.REQUIRES_ACTION,
    "ongoing": ChargeStatus.REQUIRES_ACTION,
    "pending": ChargeStatus.PENDING,
    "processing": ChargeStatus.PENDING,
    "queued": ChargeStatus.PENDING,
}
# https://paystack.com/docs/payments/refunds: one that needs attention waits for a bank account of the payer.
REFUND_STATUSES: Final[Mapping[str, RefundStatus]] = {
    "pending": RefundStatus.PENDING,
    "processing": RefundStatus.PENDING,
    "needs-attention": RefundStatus.PENDING,
    "processed": RefundStatus.SUCCEEDED,
    "failed": RefundStatus.FAILED,
}
MODES: Final = {"test": ProviderMode.TEST, "live": ProviderMode.LIVE}
_UNKNOWN_REFERENCE: Final = frozenset({"transaction_not_found", "transaction_reference_not_found"})


def charge_answer(order: ChargeOrder, answer: WireAnswer) -> ChargeAnswer:
    """A page to go to, or how the card was charged."""
    said = said_in(answer)
    if not is_success(answer):
        return _refused(answer, said)
    data = said.at("data")
    if said.at("status").truth is not True or data.at("reference").text != order.reference:
        return UNREADABLE
    page, state = data.at("authorization_url").text, charge_state_in(data)
    if order.method is None or data.at("paused").truth:
        action = ChargeStatus.REQUIRES_ACTION
        accepted = ChargeAccepted(provider_id=order.reference, status=action, next_action=RedirectPayer(page or ""))
        return accepted if page else UNREADABLE
    if state is None:
        return UNREADABLE
    if state.status is ChargeStatus.DECLINED:
        return Declined(code="declined", reason=data.at("gateway_response").text or "The payer's bank said no.")
    return ChargeAccepted(provider_id=order.reference, status=state.status, fee=state.fee)


def charge_state(answer: WireAnswer) -> ChargeState | Unknown:
    """How the charge stands."""
    said = said_in(answer)
    if is_success(answer):
        return charge_state_in(said.at("data")) or UNREADABLE
    is_unheard = answer.status == HTTPStatus.NOT_FOUND or said.at("code").text in _UNKNOWN_REFERENCE
    return CHARGE_NOT_FOUND if is_unheard and said.at("status").truth is False else not_read(answer)


def charge_state_in(data: Said) -> ChargeState | None:
    """The state that a transaction of Paystack has; None if it says no status that we know."""
    status = CHARGE_STATUSES.get(data.at("status").text or "")
    if status is None:
        return None
    currency, reference = data.at("currency").text, data.at("reference").text
    return ChargeState(
        status=status,
        reference=reference,
        provider_id=reference,
        amount=data.at("amount").minor(currency),
        transaction_id=data.at("id").text,
        fee=data.at("fees").minor(currency),
        mode=MODES.get(data.at("domain").text or ""),
        code=data.at("status").text,
    )


def refund_answer(answer: WireAnswer) -> RefundAnswer:
    """Whether the refund was taken."""
    said = said_in(answer)
    if not is_success(answer):
        return _refused(answer, said)
    refund_id, status = said.at("data", "id").text, _refund_status(said.at("data"))
    if said.at("status").truth is not True or refund_id is None or status is None:
        return UNREADABLE
    return RefundAccepted(provider_id=refund_id, status=status)


def refund_state(lookup: RefundLookup, answer: WireAnswer) -> RefundState | Unknown:
    """How the refund stands; of a list, the one with our reference in its note."""
    said = said_in(answer)
    if answer.status == HTTPStatus.NOT_FOUND and said.at("status").truth is False:
        return REFUND_NOT_FOUND
    if not is_success(answer) or said.at("status").truth is not True:
        return not_read(answer)
    if lookup.provider_id is not None:
        return _refund_state_in(said.at("data")) or UNREADABLE
    listed = said.at("data").items
    for each in listed:
        if each.at("merchant_note").text == lookup.reference:
            return _refund_state_in(each) or UNREADABLE
    # A full page may have pushed ours out.
    return REFUND_NOT_FOUND if len(listed) < REFUNDS_LISTED else Unknown("too many refunds to find it")


def _refund_state_in(data: Said) -> RefundState | None:
    status = _refund_status(data)
    if status is None:
        return None
    currency = data.at("currency").text or data.at("transaction", "currency").text
    return RefundState(
        status=status,
        reference=data.at("merchant_note").text,
        provider_id=data.at("id").text,
        charge_reference=data.at("transaction", "reference").text or data.at("transaction_reference").text,
        amount=data.at("amount").minor(currency),
        mode=MODES.get(data.at("domain").text or ""),
        code=data.at("status").text,
    )


def _refund_status(data: Said) -> RefundStatus | None:
    return REFUND_STATUSES.get(data.at("status").text or "")


def _refused(answer: WireAnswer, said: Said) -> NotExecuted | Unknown:
    code, reason = said.at("code").text, said.at("message").text
    # The order was sent before: what became of it is another question.
    if code == "duplicate_reference" or (reason or "").lower().startswith("duplicate transaction reference"):
        return Unknown("the reference is known to the provider")
    return refusal(answer, code, reason)
