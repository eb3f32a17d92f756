"""What Fincra says: `{"status": true, "message": ..., "data": ...}`."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from bankcore.providers.answers import ChargeAccepted, ChargeAnswer, RedirectPayer, Unknown
from bankcore.providers.orders import ChargeOrder
from bankcore.providers.states import ChargeState, ChargeStatus
from bankcore.providers.webhook_events import WebhookEvent
from bankcore_infra.providers.answering import CHARGE_NOT_FOUND, UNREADABLE, is_success, not_read, refusal, said_in
from bankcore_infra.providers.fincra.payouts import payout_state_in
from bankcore_infra.providers.said import Said
from bankcore_infra.providers.wire import WireAnswer

_STATUSES: Final[Mapping[str, ChargeStatus]] = {
    "success": ChargeStatus.SUCCEEDED,
    "successful": ChargeStatus.SUCCEEDED,
    "failed": ChargeStatus.DECLINED,
    "expired": ChargeStatus.DECLINED,
    "pending": ChargeStatus.REQUIRES_ACTION,
    "initiated": ChargeStatus.REQUIRES_ACTION,
    "processing": ChargeStatus.PENDING,
}


def charge_answer(order: ChargeOrder, answer: WireAnswer) -> ChargeAnswer:
    """A page to go to."""
    said = said_in(answer)
    if not is_success(answer):
        reason = said.at("message").text or said.at("error").text
        if reason is not None and "reference" in reason.lower() and "exist" in reason.lower():
            return Unknown("the reference is known to the provider")
        return refusal(answer, said.at("errorType").text, reason)
    page = said.at("data", "link").text
    if said.at("status").truth is not True or page is None:
        return UNREADABLE
    action = ChargeStatus.REQUIRES_ACTION
    return ChargeAccepted(provider_id=order.reference, status=action, next_action=RedirectPayer(page))


def charge_state(answer: WireAnswer) -> ChargeState | Unknown:
    """How the charge stands."""
    said = said_in(answer)
    if is_success(answer):
        return charge_state_in(said.at("data")) or UNREADABLE
    is_unheard = (
        answer.status == HTTPStatus.NOT_FOUND and (said.at("message").text or said.at("error").text) is not None
    )
    return CHARGE_NOT_FOUND if is_unheard else not_read(answer)


def charge_state_in(data: Said) -> ChargeState | None:
    """The state that a charge has; None if it says no status that we know."""
    status = _STATUSES.get((data.at("status").text or "").lower())
    if status is None:
        return None
    currency = data.at("currency").text
    reference = data.at("merchantReference").text or data.at("reference").text
    return ChargeState(
        status=status,
        reference=reference,
        provider_id=reference,
        amount=data.at("amount").major(currency),
        transaction_id=data.at("chargeReference").text or data.at("id").text,
        fee=data.at("fee").major(currency),
        code=data.at("status").text,
    )


def event(body: bytes) -> WebhookEvent | None:
    """The event in the body."""
    said = Said.in_bytes(body)
    name = None if said is None else said.at("event").text
    if said is None or name is None:
        return None
    data = said.at("data")
    readers = {"charge": charge_state_in, "payout": payout_state_in}
    reader = readers.get(name.partition(".")[0])
    state = None if reader is None else reader(data)
    own = data.at("chargeReference").text or data.at("reference").text or data.at("id").text or ""
    return WebhookEvent(name=name, event_id=f"{name}:{own}", state=state)
