import struct
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import UUID

import pytest

from bankcore.identifiers import AccountId, TenantId, TransactionId
from bankcore.ledger.chain import follows, microseconds, seal_entry
from bankcore.ledger.transactions import Entry
from bankcore.money import MINOR_MAX
from tests.worlds.values import NPR, USD

TENANT = TenantId(UUID("019c1406-3400-7000-8000-0000000000aa"))
ACCOUNT = AccountId(UUID("019c1406-3400-7000-8000-0000000000bb"))
TRANSACTION = TransactionId(UUID("019c1406-3400-7000-8000-0000000000cc"))
POSTED_AT = datetime(2026, 1, 31, 12, 30, 15, 123_456, tzinfo=UTC)
POSTED_AT_US = 1_769_862_615_123_456
GOLDEN = "69b926e2435e8f4754bd3466774533cdc0a6a05beced68c6449cefc25b7f34f2"


def sealed(previous_hash: bytes = bytes(32), *, posted_at: datetime = POSTED_AT) -> Entry:
    return seal_entry(
        previous_hash,
        TENANT,
        ACCOUNT,
        sequence=7,
        transaction_id=TRANSACTION,
        currency=NPR,
        amount_minor=-25_050,
        balance_before_minor=100_000,
        posted_at=posted_at,
        posted_at_us=microseconds(posted_at),
    )


def test_the_first_format_of_the_chain_is_fixed_for_ever() -> None:
    """A change here makes every chain that was ever stored look tampered with."""
    by_hand = b"".join(
        [
            b"bankcore.entry.1",
            bytes(32),
            TENANT.bytes,
            ACCOUNT.bytes,
            struct.pack(">q", 7),
            TRANSACTION.bytes,
            b"NPR",
            struct.pack(">q", -25_050),
            struct.pack(">q", 100_000),
            struct.pack(">q", 74_950),
            struct.pack(">q", POSTED_AT_US),
        ]
    )

    assert len(by_hand) == 16 + 32 + 16 + 16 + 8 + 16 + 3 + 8 + 8 + 8 + 8
    assert sealed().hash == sha256(by_hand).digest()
    assert sealed().hash.hex() == GOLDEN


def test_a_sealed_entry_has_the_balance_it_leaves() -> None:
    entry = sealed()

    assert entry[:-1] == (ACCOUNT, 7, TRANSACTION, NPR, -25_050, 100_000, 74_950, POSTED_AT)


def test_microseconds_are_counted_exactly_before_and_after_1970() -> None:
    assert microseconds(POSTED_AT) == POSTED_AT_US
    assert microseconds(datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)) == -1
    assert microseconds(datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)) == 253_402_300_799_999_999


def test_an_entry_follows_the_hash_it_was_sealed_after() -> None:
    assert follows(bytes(32), TENANT, sealed())
    assert follows(bytes([1] * 32), TENANT, sealed(bytes([1] * 32)))
    assert not follows(bytes([1] * 32), TENANT, sealed())
    assert not follows(bytes(32), TenantId(UUID(int=1)), sealed())


@pytest.mark.parametrize(
    "forged",
    [
        sealed()._replace(account_id=AccountId(UUID(int=1))),
        sealed()._replace(sequence=8),
        sealed()._replace(transaction_id=TransactionId(UUID(int=1))),
        sealed()._replace(currency=USD),
        sealed()._replace(amount_minor=-25_051),
        sealed()._replace(balance_before_minor=100_001),
        sealed()._replace(balance_after_minor=74_951),
        sealed()._replace(posted_at=POSTED_AT + timedelta(microseconds=1)),
        sealed()._replace(hash=bytes(32)),
        sealed()._replace(amount_minor=MINOR_MAX),
        sealed()._replace(sequence=2**63),
    ],
)
def test_no_fact_of_an_entry_can_be_changed_unseen(forged: Entry) -> None:
    assert not follows(bytes(32), TENANT, forged)
