"""What Paystack tells by itself (https://paystack.com/docs/payments/webhooks): signed, its events without ids."""

from collections.abc import Mapping
from hashlib import sha512
from hmac import digest

from bankcore.providers.states import RefundState
from bankcore.providers.webhook_events import WebhookEvent
from bankcore_infra.providers.answering import is_same
from bankcore_infra.providers.paystack.answers import REFUND_STATUSES, charge_state_in
from bankcore_infra.providers.paystack.disputes import dispute_state_in
from bankcore_infra.providers.paystack.payouts import payout_state_in
from bankcore_infra.providers.said import Said


def is_signed(body: bytes, headers: Mapping[str, str], secret_key: str) -> bool:
    """The secret key signs each byte of the body with HMAC-SHA512."""
    return is_same(digest(secret_key.encode(), body, sha512).hex(), headers.get("x-paystack-signature"))


def event(body: bytes) -> WebhookEvent | None:
    """The event in the body."""
    said = Said.in_bytes(body)
    name = None if said is None else said.at("event").text
    if said is None or name is None:
        return None
    data = said.at("data")
    if name.startswith("charge.dispute."):
        own = data.at("id").text or ""
        return WebhookEvent(name=name, event_id=f"{name}:{own}", state=dispute_state_in(data))
    if name.startswith("charge."):
        state = charge_state_in(data)
        own = data.at("id").text or data.at("reference").text or ""
        return WebhookEvent(name=name, event_id=f"{name}:{own}", state=state)
    if name.startswith("refund."):
        refund = _refund_in(data)
        own = ":".join((data.at(part).text or "") for part in ("transaction_reference", "refund_reference", "amount"))
        return WebhookEvent(name=name, event_id=f"{name}:{own}", state=refund)
    if name.startswith("transfer."):
        own = data.at("transfer_code").text or data.at("reference").text or ""
        return WebhookEvent(name=name, event_id=f"{name}:{own}", state=payout_state_in(data))
    return WebhookEvent(name=name, event_id=f"{name}:{data.at('id').text or ''}", state=None)


def _refund_in(data: Said) -> RefundState | None:
    status = REFUND_STATUSES.get(data.at("status").text or "")
    charge_reference = data.at("transaction_reference").text
    if status is None or charge_reference is None:
        return None
    return RefundState(
        status=status,
        reference=None,
        provider_id=None,
        charge_reference=charge_reference,
        amount=data.at("amount").minor(data.at("currency").text),
        code=data.at("status").text,
    )
