"""The keys of identity, kept in one folder: Ed25519 keys that sign access tokens, and one secret for keyed hashes."""

import hmac
import json
import secrets
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

from bankcore_infra.key_files import read_or_make, read_private

_SIGNING_PATTERN: Final = "access-*.pem"
_FIRST_SIGNING: Final = "access-0001.pem"
_SECRET_FILE: Final = "identity.secret"  # noqa: S105 - the name of a file
_SECRET_LENGTH: Final = 32


class UnusableKeyError(Exception):
    """A file in the folder of keys that holds no key we can use; the message names it."""


@dataclass(frozen=True, slots=True)
class KeyedHash:
    """HMAC-SHA256 for one purpose: the same input gives the same output, and only to who has the key."""

    key: bytes = field(repr=False)

    def of(self, *parts: bytes) -> bytes:
        """The 32 bytes for these parts; how they are split matters."""
        framed = b"".join(len(part).to_bytes(8, "big") + part for part in parts)
        return hmac.digest(self.key, framed, sha256)


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The newest key signs, all verify: to rotate, add `access-0002.pem`, and take the old one away a day later."""

    signing_kid: str
    signing_key: Ed25519PrivateKey = field(repr=False)
    public_keys: Mapping[str, Ed25519PublicKey]
    secret: bytes = field(repr=False)

    @classmethod
    def open(cls, folder: Path) -> "KeyRing":
        """The keys in the folder; at the first start they are made.

        Raises:
            ExposedKeyError: others than the owner may read a key.
            UnusableKeyError: a file is not what its name says.
        """
        if not any(folder.glob(_SIGNING_PATTERN)):
            read_or_make(folder / _FIRST_SIGNING, new_signing_key())
        paths = sorted(folder.glob(_SIGNING_PATTERN))
        private_keys = {thumbprint(key.public_key()): key for key in map(_load_signing_key, paths)}
        signing_kid = list(private_keys)[-1]
        secret = read_or_make(folder / _SECRET_FILE, secrets.token_bytes(_SECRET_LENGTH))
        if len(secret) != _SECRET_LENGTH:
            raise UnusableKeyError(f"{folder / _SECRET_FILE} must hold {_SECRET_LENGTH} bytes")
        public_keys = {kid: key.public_key() for kid, key in private_keys.items()}
        return cls(signing_kid, private_keys[signing_kid], public_keys, secret)

    def keyed_hash(self, purpose: str) -> KeyedHash:
        """A keyed hash of its own for that purpose, so that no output for one says anything about another."""
        return KeyedHash(hmac.digest(self.secret, f"bankcore.identity.{purpose}".encode(), sha256))


def new_signing_key() -> bytes:
    """A new Ed25519 key as PEM (PKCS 8)."""
    return Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def thumbprint(key: Ed25519PublicKey) -> str:
    """The key's own name: its JWK thumbprint (RFC 7638, RFC 8037)."""
    x = urlsafe_b64encode(key.public_bytes(Encoding.Raw, PublicFormat.Raw)).decode().rstrip("=")
    canonical = json.dumps({"crv": "Ed25519", "kty": "OKP", "x": x}, separators=(",", ":"))
    return urlsafe_b64encode(sha256(canonical.encode()).digest()).decode().rstrip("=")


def _load_signing_key(path: Path) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(read_private(path), password=None)
    except (ValueError, TypeError):
        raise UnusableKeyError(f"{path} is not a private key in PEM form without a password") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise UnusableKeyError(f"{path} is not an Ed25519 key")
    return key
