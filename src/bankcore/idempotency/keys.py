"""Idempotency keys: the caller's names for requests, and their answers."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, Final, NamedTuple

from bankcore.arguments import require_a
from bankcore.errors import ConflictError, InvalidRequestError
from bankcore.origin import Origin

KEY_LENGTH_MAX: Final = 255
KEY_LIFETIME: Final = timedelta(hours=24)
"""How long an answer is remembered by default."""
_ADVICE: Final = f"a key has 1 to {KEY_LENGTH_MAX} printable ASCII characters"
_KEY: Final = re.compile(f"[ -~]{{1,{KEY_LENGTH_MAX}}}")


class IdempotencyKey(NamedTuple):
    """A key within the scope of the caller that chose it."""

    scope: str
    value: str


class KeyRecord(NamedTuple):
    """A finished request, kept until `expires_at`: the fingerprint of the request, and the encoded answer."""

    key: IdempotencyKey
    fingerprint: bytes
    outcome: bytes
    expires_at: datetime


class InProgress(NamedTuple):
    """Another unit of work holds the key at this moment."""


IN_PROGRESS: Final = InProgress()

Claim = KeyRecord | InProgress | None
"""What a claim finds: an earlier answer, another unit of work in progress, or None (the key is now ours)."""


@dataclass(eq=True, unsafe_hash=True, kw_only=True)
class IdempotencyKeyReusedError(ConflictError):
    """The key was used before, for a request that asked something else."""

    code: ClassVar[str] = "idempotency_key_reused"
    title: ClassVar[str] = "The idempotency key was used for another request"
    idempotency_key: str


@dataclass(eq=True, unsafe_hash=True, kw_only=True)
class IdempotencyInProgressError(ConflictError):
    """The first request with this key is still running; ask again after `retry_after_s` seconds."""

    code: ClassVar[str] = "idempotency_in_progress"
    title: ClassVar[str] = "The first request with this idempotency key is still running"
    retryable: ClassVar[bool] = True
    idempotency_key: str
    retry_after_s: int = 1


def require_key(value: str) -> str:
    """The key, if it has 1 to 255 printable ASCII characters.

    Raises:
        InvalidRequestError: it has not.
    """
    # Callers without a type checker pass UUIDs.
    require_a(str, value, "/idempotencyKey", f"{_ADVICE}; write str(...)")
    if not _KEY.fullmatch(value):
        raise InvalidRequestError(pointer="/idempotencyKey", detail=_ADVICE)
    return value


def key_of(origin: Origin, value: str | None) -> IdempotencyKey | None:
    """The key within the scope of the caller; None without a key. Raises: InvalidRequestError: it is not valid."""
    return None if value is None else IdempotencyKey(origin.key_scope, require_key(value))
