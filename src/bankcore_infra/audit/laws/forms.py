"""The forms in which a bank writes ids, hashes, amounts and instants, and how to read them."""

import re
from base64 import b64decode, b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Final

from bankcore_infra.audit.laws.findings import NotAsWrittenError

Check = Callable[[Any], bool]
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
STATUSES: Final = ("active", "frozen", "closed", "debits_frozen", "credits_frozen", "dormant")
NOT_DEBITED: Final = frozenset(map(STATUSES.index, ("frozen", "closed", "debits_frozen", "dormant")))
NOT_CREDITED: Final = frozenset(map(STATUSES.index, ("frozen", "closed", "credits_frozen")))
ACTIVE: Final = 0
NUMBER_MAX: Final = 2**63 - 1
# Decimals of the currencies that have not two (ISO 4217).
EXPONENTS: Final = {
    code: exponent
    for exponent, codes in {
        0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
        3: "BHD IQD JOD KWD LYD OMR TND",
        4: "CLF UYW",
    }.items()
    for code in codes.split()
}
ID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_HASH: Final = re.compile(r"[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=")
HEX: Final = re.compile(r"[0-9a-f]{64}")
INSTANT: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z")
DECIMAL: Final = r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]{2,4})?"
_AMOUNT: Final = re.compile(rf"(?!-0(?:\.0*)?$){DECIMAL}")


def _like(pattern: re.Pattern[str]) -> Check:
    return lambda value: type(value) is str and pattern.fullmatch(value) is not None


def is_count(value: object) -> bool:
    """Whether the value is a whole number of at least zero."""
    return type(value) is int and 0 <= value <= NUMBER_MAX


def is_instant(value: object) -> bool:
    """Whether the value is an instant in the one form that a bank writes."""
    try:
        return type(value) is str and isinstance(microseconds(value), int)
    except ValueError:
        return False


is_id: Final = _like(ID)
is_hash: Final = _like(_HASH)
is_digest: Final = _like(HEX)
is_amount: Final = _like(_AMOUNT)


def hash_in(text: str) -> bytes:
    """The 32 bytes in this base64 text. Raises: ValueError."""
    if not is_hash(text):
        raise NotAsWrittenError("has a hash that is none")
    return b64decode(text)


def base64_text(value: bytes) -> str:
    """The bytes in base64."""
    return b64encode(value).decode()


def id_bytes(text: str) -> bytes:
    """The 16 bytes of an id."""
    return bytes.fromhex(text.replace("-", ""))


@lru_cache(maxsize=64)
def microseconds(text: str) -> int:
    """The microseconds since 1970 of an instant in the one form that a bank writes. Raises: ValueError."""
    if INSTANT.fullmatch(text) is None:
        raise NotAsWrittenError("has an instant that is none")
    return (instant_of(text) - EPOCH) // _MICROSECOND


def instant_text(since_1970: int) -> str:
    """The instant so many microseconds after 1970, in the one form that a bank writes."""
    instant = (EPOCH + since_1970 * _MICROSECOND).replace(tzinfo=None)
    return f"{instant.isoformat(timespec='microseconds')}Z"


def span_text(start: int, end: int) -> str:
    """The records from `start` up to `end`, in words."""
    return f"record {start}" if end == start + 1 else f"records {start} to {end - 1}"


def minor(amount: str, currency: str) -> int:
    """The amount in minor units, if it is written with the decimals of its currency. Raises: NotAsWrittenError."""
    whole, point, fraction = amount.partition(".")
    if len(fraction) != EXPONENTS.get(currency, 2) or (point and not fraction):
        raise NotAsWrittenError(f"has the amount {amount[:30]} with other decimals than its currency")
    number = int(whole + fraction)
    if not -NUMBER_MAX - 1 <= number <= NUMBER_MAX:
        raise NotAsWrittenError(f"has the amount {amount[:30]}, which no account can hold")
    return number


def instant_of(text: str) -> datetime:
    """The instant in this text. Raises: ValueError."""
    return datetime.fromisoformat(text)


def moment_of(text: str | None) -> datetime:
    """The instant, or the oldest possible one for a text without an instant."""
    try:
        return max(EPOCH, instant_of(text or ""))
    except (ValueError, TypeError):
        return EPOCH


def blob(encoded: str) -> bytes:
    """The bytes in this base64 text; empty if it is no base64."""
    try:
        return b64decode(encoded)
    except ValueError:
        return b""


def unpadded(encoded: str) -> bytes:
    """The bytes in this unpadded base64url text (RFC 7515). Raises: ValueError."""
    return b64decode(encoded + "=" * (-len(encoded) % 4), altchars=b"-_", validate=True)
