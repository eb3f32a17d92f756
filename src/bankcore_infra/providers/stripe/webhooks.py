"""What Stripe tells by itself (https://docs.stripe.com/webhooks/signature): signed together with when it was sent."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from hmac import digest
from typing import Final

from bankcore.providers.webhook_events import WebhookEvent
from bankcore_infra.providers.answering import is_same
from bankcore_infra.providers.said import Said
from bankcore_infra.providers.stripe.answers import charge_state_in, refund_state_in
from bankcore_infra.providers.stripe.disputes import dispute_state_in

TOLERANCE: Final = timedelta(minutes=5)
_SECONDS_DIGITS_MAX: Final = 12
_SIGNATURES_MAX: Final = 10


def is_signed(body: bytes, headers: Mapping[str, str], webhook_secret: str, now: datetime) -> bool:
    """One of the signatures of `t=...,v1=...,v1=...` is HMAC-SHA256 of the time, a dot and the body.

    While a secret is replaced there are several. One that was sent too long ago, or will be, is refused.
    """
    parts = [part.strip().partition("=") for part in headers.get("stripe-signature", "").split(",")]
    times = [value for name, _is, value in parts if name == "t"]
    signatures = [value for name, _is, value in parts if name == "v1"][:_SIGNATURES_MAX]
    if len(times) != 1 or not times[0].isascii() or not times[0].isdecimal() or len(times[0]) > _SECONDS_DIGITS_MAX:
        return False
    expected = digest(webhook_secret.encode(), times[0].encode() + b"." + body, sha256).hex()
    # Each is compared, so that the time does not say which one was right.
    is_right = sum(is_same(expected, signature) for signature in signatures) > 0
    return is_right and abs(now - datetime.fromtimestamp(0, UTC) - timedelta(seconds=int(times[0]))) <= TOLERANCE


def event(body: bytes) -> WebhookEvent | None:
    """The event in the body."""
    said = Said.in_bytes(body)
    if said is None:
        return None
    name, event_id = said.at("type").text, said.at("id").text
    if name is None or event_id is None or said.at("object").text != "event":
        return None
    told = said.at("data", "object")
    state = charge_state_in(told, name) or refund_state_in(told) or dispute_state_in(told)
    return WebhookEvent(name=name, event_id=event_id, state=state)
