"""The envelope of a secret: its ciphertext, and the data key of this one secret, wrapped (docs/adr/0072)."""

import secrets
from dataclasses import dataclass, field

from bankcore.encryption.key_encryption import KeyEncryption, SecretPlace, UnreadableSecretError, WrappedKey
from bankcore_infra.encryption.aes_gcm import KEY_LENGTH, NotDecryptedError, decrypt, encrypt


@dataclass(frozen=True, slots=True)
class EncryptedSecret:
    """A secret as it is stored."""

    key: WrappedKey
    content: bytes = field(repr=False)


def enclose(keys: KeyEncryption, place: SecretPlace, secret: bytes) -> EncryptedSecret:
    """Encrypt the secret for that place, with a new data key."""
    data_key = secrets.token_bytes(KEY_LENGTH)
    return EncryptedSecret(keys.wrap(data_key, place), encrypt(data_key, secret, place.text.encode()))


def disclose(keys: KeyEncryption, place: SecretPlace, stored: EncryptedSecret) -> bytes:
    """The secret. Raises: UnreadableSecretError."""
    data_key = keys.unwrap(stored.key, place)
    try:
        return decrypt(data_key, stored.content, place.text.encode())
    except NotDecryptedError:
        raise UnreadableSecretError(f"the secret {place.text} was changed, or belongs to another place") from None


def rewrap(keys: KeyEncryption, place: SecretPlace, stored: EncryptedSecret) -> EncryptedSecret:
    """The same secret with its data key under the newest key; it is decrypted once, so that a lost one is noticed.

    Raises:
        UnreadableSecretError: it cannot be read.
    """
    disclose(keys, place, stored)
    return EncryptedSecret(keys.wrap(keys.unwrap(stored.key, place), place), stored.content)
