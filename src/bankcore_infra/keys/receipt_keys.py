"""The API's own keys for audit receipts: as a JWK set, and as the signature of a receipt."""

import json
from datetime import datetime
from pathlib import Path
from typing import Final

import jwt

from bankcore.audit.receipts import AuditReceipt
from bankcore.clock import instant_text
from bankcore.identifiers import EventId
from bankcore.identity.principals import TenantName
from bankcore.ledger.transactions import Transaction
from bankcore_infra.keys.key_files import UnusableKeyError
from bankcore_infra.keys.signing_keys import SigningKeys, key_paths, public_jwk
from bankcore_infra.settings import SettingsError
from bankcore_infra.whole_files import replace_whole

RECEIPT_KEYS_FILE: Final = "receipt-keys.json"
RECEIPT_TYPE: Final = "bankcore-receipt+jwt"
PURPOSE: Final = "receipt"
_ALGORITHM: Final = "EdDSA"


def open_receipt_keys(folder: Path) -> SigningKeys:
    """The keys in the folder; made at the first use. Raises: UnusableKeyError."""
    return SigningKeys.open(folder, PURPOSE)


def require_receipt_keys(folder: Path) -> SigningKeys:
    """The keys in the data folder of a bank. Raises: SettingsError: they cannot be used."""
    try:
        return open_receipt_keys(folder)
    except UnusableKeyError as error:
        raise SettingsError("BANKCORE_DATA_DIR", str(error)) from None


def jwk_set(keys: SigningKeys) -> dict[str, list[dict[str, str]]]:
    """The public keys, retired ones too, as verifiers of receipts take them (RFC 7517)."""
    facts = {"alg": _ALGORITHM, "use": "sig"}
    return {"keys": [{**public_jwk(key), "kid": kid, **facts} for kid, key in keys.public_keys.items()]}


def write_receipt_keys(folder: Path, out: Path) -> bool:
    """Write the public keys of the folder to `receipt-keys.json` in the other; False where there are none yet.

    Raises:
        UnusableKeyError: a file is not what its name says, or others than its owner may read it.
    """
    # A key that is made here, where no API runs, would sign nothing.
    if not key_paths(folder, PURPOSE):
        return False
    document = json.dumps(jwk_set(open_receipt_keys(folder)), indent=2)
    replace_whole(out / RECEIPT_KEYS_FILE, [f"{document}\n".encode()])
    return True


def sign_receipt(
    keys: SigningKeys, tenant: TenantName, transaction: Transaction, *, event_id: EventId, leaf: bytes, now: datetime
) -> AuditReceipt:
    """Sign the receipt for the transaction whose record has that id and will be that leaf."""
    promise = {
        "tenant": tenant.slug,
        "tenantId": str(tenant.id),
        "transactionId": str(transaction.id),
        "auditId": str(event_id),
        "leafHash": leaf.hex(),
        "postedAt": instant_text(transaction.posted_at),
        "iat": int(now.timestamp()),
    }
    headers = {"typ": RECEIPT_TYPE, "kid": keys.signing_kid}
    signed = jwt.encode(promise, keys.signing_key, algorithm=_ALGORITHM, headers=headers)
    return AuditReceipt(signed=signed, event_id=event_id, leaf_hash=leaf, posted_at=transaction.posted_at)
