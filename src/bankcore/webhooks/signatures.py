"""Signatures as Standard Webhooks 1.0.0 has them (https://www.standardwebhooks.com), so that any receiver can check."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from hmac import digest
from typing import Final

SECRET_LENGTH: Final = 32
_PREFIX: Final = "whsec_"


def secret_text(secret: bytes) -> str:
    """The secret as receivers configure it."""
    return _PREFIX + b64encode(secret).decode("ascii")


def signed_headers(message_id: str, body: bytes, at: datetime, secrets: Sequence[bytes]) -> Mapping[str, str]:
    """The headers of one attempt, with a signature by each of these secrets."""
    seconds = str(int(at.timestamp()))
    signed = b".".join([message_id.encode(), seconds.encode(), body])
    signatures = [f"v1,{b64encode(digest(secret, signed, sha256)).decode('ascii')}" for secret in secrets]
    return {"webhook-id": message_id, "webhook-timestamp": seconds, "webhook-signature": " ".join(signatures)}


def join_secrets(newest: bytes, before: bytes) -> bytes:
    """The secrets of an endpoint as they are kept; of the one before, no more than its newest."""
    return newest + before[:SECRET_LENGTH]


def split_secrets(kept: bytes) -> Sequence[bytes]:
    """The newest secret, and the one before it if there is one."""
    return [kept[start : start + SECRET_LENGTH] for start in range(0, len(kept), SECRET_LENGTH)]
