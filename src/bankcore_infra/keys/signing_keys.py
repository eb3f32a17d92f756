"""Rings of Ed25519 keys, one ring for each purpose, as files in a folder."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from bankcore_infra.keys.key_files import UnusableKeyError, read_or_make, read_private

_FIRST: Final = "0001"


@dataclass(frozen=True, slots=True, eq=False)
class SigningKeys:
    """The newest key signs, and all verify; so does the next one, which is to sign once all processes know it."""

    signing_kid: str
    signing_key: Ed25519PrivateKey = field(repr=False)
    public_keys: Mapping[str, Ed25519PublicKey]

    @classmethod
    def open(cls, folder: Path, purpose: str) -> "SigningKeys":
        """The keys for that purpose in the folder; at the first use one is made.

        Raises:
            UnusableKeyError: a file is not what its name says, or others than its owner may read it.
        """
        # Read first: what gets its number meanwhile is then met twice, and not missed.
        coming = _find_coming(folder, purpose)
        private_keys = {thumbprint(key.public_key()): key for key in open_keys(folder, purpose)}
        signing_kid = list(private_keys)[-1]
        public_keys = {kid: key.public_key() for kid, key in private_keys.items()}
        public_keys |= {thumbprint(key): key for key in coming}
        return cls(signing_kid, private_keys[signing_kid], public_keys)

    def current(self) -> "SigningKeys":
        """These, for whoever takes keys that may change."""
        return self


def open_keys(folder: Path, purpose: str) -> list[Ed25519PrivateKey]:
    """The keys for that purpose in the folder, the oldest first; at the first use one is made.

    Raises:
        UnusableKeyError: a file is not what its name says, or others than its owner may read it.
    """
    if not key_paths(folder, purpose):
        read_or_make(folder / f"{purpose}-{_FIRST}.pem", new_signing_key())
    return [_load(path) for path in key_paths(folder, purpose)]


def key_paths(folder: Path, purpose: str) -> list[Path]:
    """The files of the keys for that purpose, the oldest first."""
    return sorted(folder.glob(f"{purpose}-*.pem"))


def next_key_path(folder: Path, purpose: str) -> Path:
    """The file of the key that does not sign yet. A release that knows of none does not take it for the newest."""
    return folder / f"{purpose}-next.key"


def new_signing_key() -> bytes:
    """A new Ed25519 key as PEM (PKCS 8)."""
    return Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def public_jwk(key: Ed25519PublicKey) -> dict[str, str]:
    """The members of the key's JWK that identify the key (RFC 8037)."""
    x = urlsafe_b64encode(key.public_bytes(Encoding.Raw, PublicFormat.Raw)).decode().rstrip("=")
    return {"crv": "Ed25519", "kty": "OKP", "x": x}


def thumbprint(key: Ed25519PublicKey) -> str:
    """The key's own name: its JWK thumbprint (RFC 7638, RFC 8037)."""
    canonical = json.dumps(public_jwk(key), separators=(",", ":"))
    return urlsafe_b64encode(sha256(canonical.encode()).digest()).decode().rstrip("=")


def _find_coming(folder: Path, purpose: str) -> list[Ed25519PublicKey]:
    """The key that does not sign yet, if there is one."""
    try:
        return [_load(next_key_path(folder, purpose)).public_key()]
    except FileNotFoundError:
        return []


def _load(path: Path) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(read_private(path), password=None)
    except (ValueError, TypeError):
        raise UnusableKeyError(f"{path} is not a private key in PEM form without a password") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise UnusableKeyError(f"{path} is not an Ed25519 key")
    return key
