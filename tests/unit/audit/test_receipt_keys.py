"""Audit receipts are signed with keys of their own, which are told to anybody and outlive a rotation."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from uuid import UUID

import jwt
import pytest

from bankcore.audit.receipts import AuditReceipt
from bankcore.errors import UnauthenticatedError
from bankcore.identifiers import AccountId, EventId, TenantId
from bankcore.identity.principals import TenantName
from bankcore.ledger.transactions import Transaction
from bankcore.testing import FrozenClock, in_memory_bank
from bankcore_infra.audit.laws.findings import CannotVerifyError
from bankcore_infra.audit.laws.signatures import PromiseKeys
from bankcore_infra.identity.access_tokens import JwtVerifier
from bankcore_infra.keys.key_ring import KeyRing
from bankcore_infra.keys.receipt_keys import jwk_set, open_receipt_keys, sign_receipt, write_receipt_keys
from bankcore_infra.keys.signing_keys import SigningKeys, new_signing_key
from tests.worlds.hostile_tokens import parts_of
from tests.worlds.values import npr

MAIN: Final = TenantName(TenantId(UUID(int=1)), "main")
NOW: Final = datetime(2026, 1, 31, 12, 0, 0, 999_999, tzinfo=UTC)


@pytest.fixture
def transaction() -> Transaction:
    """A deposit."""
    bank = in_memory_bank()
    account: AccountId = bank.accounts.open(currency="NPR", owner_id="alice").id
    return bank.ledger.deposit(account, npr("1.00"))


def signed(keys: SigningKeys, transaction: Transaction) -> AuditReceipt:
    return sign_receipt(keys, MAIN, transaction, event_id=EventId(UUID(int=7)), leaf=bytes(range(32)), now=NOW)


def rotate(folder: Path) -> None:
    """Add a newer key."""
    newer = folder / "receipt-0002.pem"
    newer.write_bytes(new_signing_key())
    newer.chmod(0o600)


def is_believed(document: object, receipt: AuditReceipt) -> bool:
    """Whether somebody with these keys believes the receipt."""
    return PromiseKeys(json.dumps(document).encode()).have_signed(*receipt.signed.split("."))


def test_a_receipt_says_what_the_log_will_hold(tmp_path: Path, transaction: Transaction) -> None:
    keys = open_receipt_keys(tmp_path)

    receipt = signed(keys, transaction)

    header, payload = parts_of(receipt.signed)
    assert header == {"alg": "EdDSA", "typ": "bankcore-receipt+jwt", "kid": keys.signing_kid}
    assert payload == {
        "tenant": "main",
        "tenantId": str(UUID(int=1)),
        "transactionId": str(transaction.id),
        "auditId": str(UUID(int=7)),
        "leafHash": bytes(range(32)).hex(),
        "postedAt": transaction.posted_at.isoformat(timespec="microseconds").replace("+00:00", "Z"),
        "iat": int(NOW.timestamp()),
    }
    # Anybody may verify it with what they have at hand.
    jwk = jwt.PyJWKSet.from_dict(jwk_set(keys))[keys.signing_kid]
    assert jwt.decode(receipt.signed, jwk, options={"verify_iat": False}) == payload


def test_after_a_rotation_the_newer_key_signs_and_older_receipts_are_still_believed(
    tmp_path: Path, transaction: Transaction
) -> None:
    before = signed(open_receipt_keys(tmp_path), transaction)

    rotate(tmp_path)

    keys = open_receipt_keys(tmp_path)
    after = signed(keys, transaction)
    assert parts_of(before.signed)[0]["kid"] != parts_of(after.signed)[0]["kid"] == keys.signing_kid
    assert [is_believed(jwk_set(keys), receipt) for receipt in (before, after)] == [True, True]
    assert [is_believed({"data": jwk_set(keys)}, receipt) for receipt in (before, after)] == [True, True]
    assert is_believed({"keys": jwk_set(keys)["keys"][:1]}, after) is False


def test_the_public_keys_are_written_where_there_are_some_and_none_is_made_elsewhere(tmp_path: Path) -> None:
    folder, out = tmp_path / "keys", tmp_path / "out"
    out.mkdir()

    assert write_receipt_keys(folder, out) is False
    assert list(out.iterdir()) == []
    assert not folder.exists()

    keys = open_receipt_keys(folder)
    assert write_receipt_keys(folder, out) is True
    assert json.loads((out / "receipt-keys.json").read_text()) == jwk_set(keys)
    assert "d" not in jwk_set(keys)["keys"][0]


def test_a_receipt_opens_no_door_and_an_access_key_signs_no_receipt(tmp_path: Path, transaction: Transaction) -> None:
    ring, keys = KeyRing.open(tmp_path), open_receipt_keys(tmp_path)
    as_access = ring.signing

    with pytest.raises(UnauthenticatedError):
        JwtVerifier(ring.signing, FrozenClock()).verify(signed(as_access, transaction).signed)

    assert is_believed(jwk_set(keys), signed(as_access, transaction)) is False


@pytest.mark.parametrize("headers", [{"typ": "at+jwt"}, {"typ": "JWT"}, {"kid": "other"}])
def test_only_what_was_signed_as_a_receipt_is_one(
    tmp_path: Path, transaction: Transaction, headers: dict[str, str]
) -> None:
    keys = open_receipt_keys(tmp_path)
    own = {"typ": "bankcore-receipt+jwt", "kid": keys.signing_kid}

    other = jwt.encode({"iat": 1}, keys.signing_key, algorithm="EdDSA", headers={**own, **headers})

    assert PromiseKeys(json.dumps(jwk_set(keys)).encode()).have_signed(*other.split(".")) is False


@pytest.mark.parametrize(
    "document",
    [b"", b"[]", b"{}", b"null", b'{"keys":[{}]}', b'{"keys":[{"kid":"a","x":"AA"}]}', b'{"keys":[{"kid":[],"x":""}]}'],
)
def test_what_is_no_set_of_keys_is_refused(document: bytes) -> None:
    with pytest.raises(CannotVerifyError, match="receipt keys"):
        PromiseKeys(document)
