"""AES-256-GCM in one form: a version, a nonce, and the ciphertext with its tag."""

import secrets
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_LENGTH: Final = 32
_VERSION: Final = b"\x01"
_NONCE_LENGTH: Final = 12
_TAG_LENGTH: Final = 16


class NotDecryptedError(Exception):
    """The bytes were not encrypted with this key for this context, or not in a form that is known."""


def encrypt(key: bytes, plain: bytes, context: bytes) -> bytes:
    """Encrypt the bytes, and bind them to the context."""
    nonce = secrets.token_bytes(_NONCE_LENGTH)
    return _VERSION + nonce + AESGCM(key).encrypt(nonce, plain, _VERSION + context)


def decrypt(key: bytes, encrypted: bytes, context: bytes) -> bytes:
    """The bytes that were encrypted with this key for this context.

    Raises:
        NotDecryptedError: they were not, or somebody changed them.
    """
    if encrypted[:1] != _VERSION or len(encrypted) < 1 + _NONCE_LENGTH + _TAG_LENGTH:
        raise NotDecryptedError
    try:
        return AESGCM(key).decrypt(encrypted[1 : 1 + _NONCE_LENGTH], encrypted[1 + _NONCE_LENGTH :], _VERSION + context)
    except InvalidTag:
        raise NotDecryptedError from None
