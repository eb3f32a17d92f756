"""What Stripe says: an object with its type in `object`, or an `error`."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from bankcore.money import Money
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
from bankcore.providers.orders import CaptureOrder, ChargeOrder, RefundLookup
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
from bankcore_infra.providers.said import Said
from bankcore_infra.providers.wire import WireAnswer

SESSION: Final = "checkout.session"
INTENT: Final = "payment_intent"
REFUND: Final = "refund"
REFERENCE: Final = "reference"
FLOW: Final = "flow"
# https://docs.stripe.com/payments/paymentintents/lifecycle
_INTENT_STATUSES: Final[Mapping[str, ChargeStatus]] = {
    "succeeded": ChargeStatus.SUCCEEDED,
    "canceled": ChargeStatus.DECLINED,
    "processing": ChargeStatus.PENDING,
    "requires_capture": ChargeStatus.AUTHORIZED,
    "requires_confirmation": ChargeStatus.PENDING,
    "requires_action": ChargeStatus.REQUIRES_ACTION,
    "requires_payment_method": ChargeStatus.REQUIRES_ACTION,
}
_AFTER_PAGE: Final = frozenset({ChargeStatus.AUTHORIZED, ChargeStatus.SUCCEEDED, ChargeStatus.DECLINED})
_REFUND_STATUSES: Final[Mapping[str, RefundStatus]] = {
    "pending": RefundStatus.PENDING,
    "requires_action": RefundStatus.PENDING,
    "succeeded": RefundStatus.SUCCEEDED,
    "failed": RefundStatus.FAILED,
    "canceled": RefundStatus.FAILED,
}
_NO_SUCH: Final = "resource_missing"
_OTHER_STATE: Final = "payment_intent_unexpected_state"


def charge_answer(order: ChargeOrder, answer: WireAnswer) -> ChargeAnswer:
    """A page to go to, or how the card was charged."""
    said = said_in(answer)
    if not is_success(answer):
        return _refused(answer, said.at("error"))
    state = charge_state_in(said)
    if state is None or state.provider_id is None or state.reference != order.reference:
        return UNREADABLE
    page = said.at("url").text or said.at("next_action", "redirect_to_url", "url").text
    if state.status is ChargeStatus.REQUIRES_ACTION and page is None:
        return UNREADABLE
    if state.status is ChargeStatus.DECLINED:
        return Declined(code=state.code or "declined", reason="The payment was canceled.")
    return ChargeAccepted(
        provider_id=state.provider_id,
        status=state.status,
        next_action=None if page is None else RedirectPayer(page),
        fee=state.fee,
    )


def charge_state(answer: WireAnswer) -> ChargeState | Unknown:
    """How the charge stands; of what was searched for, the first."""
    said = said_in(answer)
    if not is_success(answer):
        return CHARGE_NOT_FOUND if _is_missing(answer, said) else not_read(answer)
    if said.at("object").text != "search_result":
        return charge_state_in(said) or UNREADABLE
    found = said.at("data").items
    if not found:
        return CHARGE_NOT_FOUND
    return charge_state_in(found[0]) or UNREADABLE


def charge_state_in(said: Said, event: str = "") -> ChargeState | None:
    """The state that a session or an intent of Stripe has, also as part of an event; None if it has none."""
    match said.at("object").text:
        case "checkout.session":
            return _session_state(said, event)
        case "payment_intent":
            return _intent_state(said)
        case _:
            return None


def _session_state(said: Said, event: str) -> ChargeState | None:
    payment, status = said.at("payment_status").text, said.at("status").text
    currency, intent = said.at("currency").text, said.at("payment_intent")
    if payment in {"paid", "no_payment_required"}:
        stands = ChargeStatus.SUCCEEDED
    elif status == "expired" or event == "checkout.session.async_payment_failed":
        stands = ChargeStatus.DECLINED
    elif payment == "unpaid" and status == "complete":
        # What is captured later stays unpaid here until then: its intent says more, if it was asked for.
        status = intent.at("status").text
        intends = _INTENT_STATUSES.get(status or "")
        stands = intends if intends in _AFTER_PAGE else ChargeStatus.PENDING
    elif payment == "unpaid" and status == "open":
        stands = ChargeStatus.REQUIRES_ACTION
    else:
        return None
    received = intent.at("amount_received").minor(currency) if stands is ChargeStatus.SUCCEEDED else None
    return ChargeState(
        status=stands,
        reference=said.at("client_reference_id").text,
        provider_id=said.at("id").text,
        amount=received or said.at("amount_total").minor(currency),
        # It is an id, or the object itself if that was asked for.
        transaction_id=intent.text or intent.at("id").text,
        fee=_fee_of(intent.at("latest_charge")),
        mode=_mode_of(said),
        code=status if stands is ChargeStatus.DECLINED else payment,
    )


def _intent_state(said: Said) -> ChargeState | None:
    status = said.at("status").text
    stands = _INTENT_STATUSES.get(status or "")
    if stands is None:
        return None
    error = said.at("last_payment_error", "decline_code").text or said.at("last_payment_error", "code").text
    # On a page the payer tries another card; nobody else goes on with a card that was named in the order.
    if status == "requires_payment_method" and said.at("metadata", FLOW).text != "page":
        stands = ChargeStatus.DECLINED
    currency = said.at("currency").text
    return ChargeState(
        status=stands,
        reference=said.at("metadata", REFERENCE).text,
        provider_id=said.at("id").text,
        amount=said.at("amount_received" if stands is ChargeStatus.SUCCEEDED else "amount").minor(currency),
        transaction_id=said.at("id").text,
        fee=_fee_of(said.at("latest_charge")),
        mode=_mode_of(said),
        code=error or status,
    )


def capture_answer(order: CaptureOrder, answer: WireAnswer) -> ChargeAnswer:
    """Whether that much was taken. What was captured or canceled before is looked up."""
    said = said_in(answer)
    if not is_success(answer):
        return _refused_later(answer, said.at("error"))
    state = charge_state_in(said)
    is_taken = state is not None and state.status is ChargeStatus.SUCCEEDED and state.amount == order.amount
    if state is None or state.provider_id is None or not is_taken:
        return UNREADABLE
    return ChargeAccepted(provider_id=state.provider_id, status=state.status, fee=state.fee)


def void_answer(answer: WireAnswer) -> ChargeAnswer:
    """Whether it was released."""
    said = said_in(answer)
    if not is_success(answer):
        return _refused_later(answer, said.at("error"))
    state = charge_state_in(said)
    if state is None or state.status is not ChargeStatus.DECLINED:
        return UNREADABLE
    return Declined(code=state.code or "canceled", reason="The payment was canceled.")


def refund_answer(answer: WireAnswer) -> RefundAnswer:
    """Whether the refund was taken."""
    said = said_in(answer)
    if not is_success(answer):
        return _refused(answer, said.at("error"))
    state = refund_state_in(said)
    if state is None or state.provider_id is None:
        return UNREADABLE
    return RefundAccepted(provider_id=state.provider_id, status=state.status)


def refund_state(lookup: RefundLookup, answer: WireAnswer) -> RefundState | Unknown:
    """How the refund stands; of those of one charge, the one with our reference."""
    said = said_in(answer)
    if not is_success(answer):
        return REFUND_NOT_FOUND if _is_missing(answer, said) else not_read(answer)
    if said.at("object").text == REFUND:
        return refund_state_in(said) or UNREADABLE
    if said.at("object").text != "list":
        return UNREADABLE
    for each in said.at("data").items:
        if each.at("metadata", REFERENCE).text == lookup.reference:
            return refund_state_in(each) or UNREADABLE
    return Unknown("too many refunds to find it") if said.at("has_more").truth is not False else REFUND_NOT_FOUND


def refund_state_in(said: Said) -> RefundState | None:
    """The state that a refund of Stripe has; None if it has none."""
    status = _REFUND_STATUSES.get(said.at("status").text or "")
    if status is None or said.at("object").text != REFUND:
        return None
    return RefundState(
        status=status,
        reference=said.at("metadata", REFERENCE).text,
        provider_id=said.at("id").text,
        charge_reference=said.at("metadata", "charge_reference").text,
        amount=said.at("amount").minor(said.at("currency").text),
        code=said.at("failure_reason").text or said.at("status").text,
    )


def _fee_of(charge: Said) -> Money | None:
    """What Stripe keeps, in the currency of our account there; known once the charge is settled."""
    balance = charge.at("balance_transaction")
    return balance.at("fee").minor(balance.at("currency").text)


def _mode_of(said: Said) -> ProviderMode | None:
    is_live = said.at("livemode").truth
    return None if is_live is None else (ProviderMode.LIVE if is_live else ProviderMode.TEST)


def _is_missing(answer: WireAnswer, said: Said) -> bool:
    return answer.status == HTTPStatus.NOT_FOUND and said.at("error", "code").text == _NO_SUCH


def _refused_later(answer: WireAnswer, error: Said) -> Declined | NotExecuted | Unknown:
    if error.at("code").text == _OTHER_STATE:
        return Unknown("it is in another state")
    return _refused(answer, error)


def _refused(answer: WireAnswer, error: Said) -> Declined | NotExecuted | Unknown:
    code, reason = error.at("decline_code").text or error.at("code").text, error.at("message").text
    # The same key with another order: the first of them may have been carried out.
    if error.at("type").text == "idempotency_error":
        return Unknown("the reference is known to the provider")
    if answer.status == HTTPStatus.PAYMENT_REQUIRED and error.at("type").text == "card_error":
        return Declined(code=code or "card_declined", reason=reason or "The card was declined.")
    return refusal(answer, code or error.at("type").text, reason)
