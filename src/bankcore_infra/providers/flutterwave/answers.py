"""What Flutterwave says: a `status`, a `message` and `data`; it knows no charge before its payer acts."""

from collections.abc import Mapping
from typing import Final

from bankcore.providers.answers import (
    ChargeAccepted,
    ChargeAnswer,
    RedirectPayer,
    RefundAccepted,
    RefundAnswer,
    Unknown,
)
from bankcore.providers.orders import ChargeLookup, ChargeOrder
from bankcore.providers.states import ChargeState, ChargeStatus, RefundState, RefundStatus
from bankcore.providers.webhook_events import WebhookEvent
from bankcore_infra.providers.answering import (
    CHARGE_NOT_FOUND,
    REFUND_NOT_FOUND,
    UNREADABLE,
    is_success,
    not_read,
    refusal,
    said_in,
)
from bankcore_infra.providers.flutterwave.payouts import payout_state_in
from bankcore_infra.providers.said import Said
from bankcore_infra.providers.wire import WireAnswer

_CHARGE_STATUSES: Final[Mapping[str, ChargeStatus]] = {
    "successful": ChargeStatus.SUCCEEDED,
    "failed": ChargeStatus.DECLINED,
    "pending": ChargeStatus.PENDING,
}
_REFUND_STATUSES: Final[Mapping[str, RefundStatus]] = {
    "completed-bank-transfer": RefundStatus.SUCCEEDED,
    "completed-momo": RefundStatus.SUCCEEDED,
    "completed-mpgs": RefundStatus.SUCCEEDED,
    "completed-offline": RefundStatus.SUCCEEDED,
    "completed-preauth": RefundStatus.SUCCEEDED,
    "successful": RefundStatus.SUCCEEDED,
    # It was begun: the money has not been paid out yet.
    "completed": RefundStatus.PENDING,
    "processing": RefundStatus.PENDING,
    "new": RefundStatus.PENDING,
    "pending": RefundStatus.PENDING,
    "pending-momo": RefundStatus.PENDING,
    "failed": RefundStatus.FAILED,
}
_UNHEARD: Final = "no transaction was found"


def charge_answer(order: ChargeOrder, answer: WireAnswer) -> ChargeAnswer:
    """A page to go to."""
    said = said_in(answer)
    if not is_success(answer):
        return refusal(answer, None, said.at("message").text)
    page = said.at("data", "link").text
    if said.at("status").text != "success" or page is None:
        return UNREADABLE
    action = ChargeStatus.REQUIRES_ACTION
    return ChargeAccepted(provider_id=order.reference, status=action, next_action=RedirectPayer(page))


def charge_state(lookup: ChargeLookup, answer: WireAnswer) -> ChargeState | Unknown:
    """How the charge stands. One whose page was opened and that nobody paid yet is not known to Flutterwave."""
    said = said_in(answer)
    # That it knows none it may say with any status.
    if said.at("status").text != "error" or not (said.at("message").text or "").lower().startswith(_UNHEARD):
        return charge_state_in(said.at("data")) or UNREADABLE if is_success(answer) else not_read(answer)
    if lookup.provider_id is None:
        return CHARGE_NOT_FOUND
    waits = ChargeStatus.REQUIRES_ACTION
    return ChargeState(status=waits, reference=None, provider_id=lookup.provider_id, amount=None)


def charge_state_in(data: Said) -> ChargeState | None:
    """The state that a transaction has; None if it says no status that we know."""
    status = _CHARGE_STATUSES.get(data.at("status").text or "")
    if status is None:
        return None
    currency, reference = data.at("currency").text, data.at("tx_ref").text or data.at("txRef").text
    return ChargeState(
        status=status,
        reference=reference,
        provider_id=reference,
        amount=data.at("amount").major(currency),
        transaction_id=data.at("id").text,
        fee=data.at("app_fee").major(currency),
        code=data.at("processor_response").text or data.at("status").text,
    )


def refund_answer(answer: WireAnswer) -> RefundAnswer:
    """Whether the refund was taken."""
    said = said_in(answer)
    if not is_success(answer):
        return refusal(answer, None, said.at("message").text)
    refund_id = said.at("data", "id").text
    if said.at("status").text != "success" or refund_id is None:
        return UNREADABLE
    # It was taken, whatever it calls that: without the id nobody could ask for it.
    return RefundAccepted(provider_id=refund_id, status=_refund_status(said.at("data")) or RefundStatus.PENDING)


def refund_state(currency: str, answer: WireAnswer) -> RefundState | Unknown:
    """How the refund stands; it says no currency, which is that of the charge."""
    said = said_in(answer)
    if not is_success(answer):
        is_unheard = (said.at("message").text or "").lower().startswith("refund not found")
        return REFUND_NOT_FOUND if said.at("status").text == "error" and is_unheard else not_read(answer)
    data = said.at("data")
    status = _refund_status(data)
    if status is None:
        return UNREADABLE
    return RefundState(
        status=status,
        reference=None,
        provider_id=data.at("id").text,
        charge_reference=None,
        amount=data.at("amount_refunded").major(currency) or data.at("AmountRefunded").major(currency),
        code=data.at("status").text,
    )


def event(body: bytes) -> WebhookEvent | None:
    """The event in the body."""
    said = Said.in_bytes(body) or Said(None)
    name, data = said.at("event").text, said.at("data")
    readers = {"charge": charge_state_in, "transfer": payout_state_in}
    reader = readers.get((name or "").partition(".")[0])
    if name is None and said.at("txRef").text is not None:
        # So accounts are told of charges that did not ask for webhooks of version 3.
        name, data, reader = said.at("event.type").text, said, charge_state_in
    if name is None:
        return None
    state = None if reader is None else reader(data)
    own = f"{data.at('id').text or ''}:{data.at('status').text or ''}"
    return WebhookEvent(name=name, event_id=f"{name}:{own}", state=state)


def _refund_status(data: Said) -> RefundStatus | None:
    return _REFUND_STATUSES.get(data.at("status").text or "")
