"""The hash chain of an account: each entry's hash covers the entry and the hash before it.

Format 1, fixed for ever: SHA-256 over, big-endian and without gaps,

    "bankcore.entry.1" | previous hash (32) | tenant (16) | account (16) | sequence (8) | transaction (16)
    | currency (3) | amount (8) | balance before (8) | balance after (8) | posted at, microseconds since 1970 UTC (8)

The first entry's previous hash is 32 zero bytes. Numbers are signed.
"""

import struct
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final

from bankcore.identifiers import AccountId, TenantId, TransactionId
from bankcore.ledger.transactions import Entry
from bankcore.money import Currency

_LAYOUT: Final = struct.Struct(">16s32s16s16sq16s3sqqqq")
_TAG: Final = b"bankcore.entry.1"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)
"""The resolution of time in the books, which is PostgreSQL's."""


def microseconds(instant: datetime) -> int:
    """Microseconds since 1970-01-01 UTC; integer arithmetic, since a float would round."""
    return (instant - _EPOCH) // MICROSECOND


def seal_entry(  # noqa: PLR0913 - an entry has this many facts, and the hot path makes it without a detour
    previous_hash: bytes,
    tenant_id: TenantId,
    account_id: AccountId,
    *,
    sequence: int,
    transaction_id: TransactionId,
    currency: Currency,
    amount_minor: int,
    balance_before_minor: int,
    posted_at: datetime,
    posted_at_us: int,
) -> Entry:
    """The entry that follows `previous_hash` on the account, with its hash."""
    balance_after_minor = balance_before_minor + amount_minor
    digest = sha256(
        _LAYOUT.pack(
            _TAG,
            previous_hash,
            tenant_id.int.to_bytes(16, "big"),
            account_id.int.to_bytes(16, "big"),
            sequence,
            transaction_id.int.to_bytes(16, "big"),
            currency.code.encode(),
            amount_minor,
            balance_before_minor,
            balance_after_minor,
            posted_at_us,
        )
    ).digest()
    return Entry(
        account_id,
        sequence,
        transaction_id,
        currency,
        amount_minor,
        balance_before_minor,
        balance_after_minor,
        posted_at,
        digest,
    )


def follows(previous_hash: bytes, tenant_id: TenantId, entry: Entry) -> bool:
    """Whether the entry's hash is that of its facts after `previous_hash`."""
    try:
        expected = seal_entry(
            previous_hash,
            tenant_id,
            entry.account_id,
            sequence=entry.sequence,
            transaction_id=entry.transaction_id,
            currency=entry.currency,
            amount_minor=entry.amount_minor,
            balance_before_minor=entry.balance_before_minor,
            posted_at=entry.posted_at,
            posted_at_us=microseconds(entry.posted_at),
        )
    except struct.error:  # Numbers that no entry can have were never sealed.
        return False
    return expected == entry
