"""The keys of identity, kept in one folder: Ed25519 keys that sign access tokens, and one secret for keyed hashes."""

import hmac
import secrets
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Final

from bankcore_infra.keys.key_files import UnusableKeyError, read_or_make
from bankcore_infra.keys.live_keys import LiveKeys
from bankcore_infra.keys.signing_keys import SigningKeys

TOKEN_PURPOSE: Final = "access"  # noqa: S105 - a word
_SECRET_FILE: Final = "identity.secret"  # noqa: S105 - the name of a file
_SECRET_LENGTH: Final = 32


@dataclass(frozen=True, slots=True)
class KeyedHash:
    """HMAC-SHA256 for one purpose: only a holder of the key can compute the output."""

    key: bytes = field(repr=False)

    def of(self, *parts: bytes) -> bytes:
        """The 32 bytes for these parts; how they are split matters."""
        framed = b"".join(len(part).to_bytes(8, "big") + part for part in parts)
        return hmac.digest(self.key, framed, sha256)


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The keys that sign access tokens, which a process learns of while it works, and the secret."""

    live: LiveKeys
    secret: bytes = field(repr=False)

    @classmethod
    def open(cls, folder: Path) -> "KeyRing":
        """The keys in the folder; at the first start they are made.

        Raises:
            UnusableKeyError: a file is not what its name says, or others than its owner may read it.
        """
        live = LiveKeys(folder, TOKEN_PURPOSE)
        secret = read_or_make(folder / _SECRET_FILE, secrets.token_bytes(_SECRET_LENGTH))
        if len(secret) != _SECRET_LENGTH:
            raise UnusableKeyError(f"{folder / _SECRET_FILE} must hold {_SECRET_LENGTH} bytes")
        return cls(live, secret)

    @property
    def signing(self) -> SigningKeys:
        """The keys as they are now."""
        return self.live.current()

    def keyed_hash(self, purpose: str) -> KeyedHash:
        """A keyed hash of its own for that purpose, so that no output for one says anything about another."""
        return KeyedHash(hmac.digest(self.secret, f"bankcore.identity.{purpose}".encode(), sha256))
