"""Key-encryption keys as files in the folder of the keys, readable by their owner alone."""

import secrets
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Final

from typing_extensions import override

from bankcore.encryption.key_encryption import KeyEncryption, SecretPlace, UnreadableSecretError, WrappedKey
from bankcore_infra.encryption.aes_gcm import KEY_LENGTH, NotDecryptedError, decrypt, encrypt
from bankcore_infra.keys.key_files import UnusableKeyError, read_or_make, read_private
from bankcore_infra.whole_files import make_once

_PATTERN: Final = "secrets-*.key"
_FIRST: Final = "secrets-0001.key"
_PRIVATE: Final = 0o600
_NAME_LENGTH: Final = 16


class LocalKeys(KeyEncryption):
    """The newest file wraps, all unwrap. A file that another process added is found when it is needed."""

    def __init__(self, folder: Path) -> None:
        """Read the files in that folder; at the first use one is made.

        Raises:
            UnusableKeyError: a file holds no key, or others than its owner may read it.
        """
        self._folder = folder
        if not list(folder.glob(_PATTERN)):
            read_or_make(folder / _FIRST, secrets.token_bytes(KEY_LENGTH))
        self._keys = self._read()

    @override
    def get_newest_name(self) -> str:
        self._keys = self._read()
        return list(self._keys)[-1]

    @override
    def add_key(self) -> str:
        number = int(max(self._folder.glob(_PATTERN)).stem.rpartition("-")[2]) + 1
        make_once(self._folder / f"secrets-{number:04}.key", secrets.token_bytes(KEY_LENGTH), mode=_PRIVATE)
        return self.get_newest_name()

    @override
    def wrap(self, data_key: bytes, place: SecretPlace) -> WrappedKey:
        name = self.get_newest_name()
        return WrappedKey(name, encrypt(self._keys[name], data_key, place.text.encode()))

    @override
    def unwrap(self, wrapped: WrappedKey, place: SecretPlace) -> bytes:
        if wrapped.key_name not in self._keys:
            self._keys = self._read()
        key = self._keys.get(wrapped.key_name)
        if key is None:
            raise UnreadableSecretError(
                f"the secret {place.text} needs the key {wrapped.key_name}, which is not in {self._folder}: "
                f"bring {_PATTERN} back from the backup of the keys"
            )
        try:
            return decrypt(key, wrapped.content, place.text.encode())
        except NotDecryptedError:
            raise UnreadableSecretError(f"the key of the secret {place.text} was changed, or moved there") from None

    def _read(self) -> Mapping[str, bytes]:
        keys = (_read_key(path) for path in sorted(self._folder.glob(_PATTERN)))
        return {_name_of(key): key for key in keys}


def _read_key(path: Path) -> bytes:
    key = read_private(path)
    if len(key) != KEY_LENGTH:
        raise UnusableKeyError(f"{path} must hold {KEY_LENGTH} bytes")
    return key


def _name_of(key: bytes) -> str:
    """The key's own name, so that a file that was mixed up is not taken for another."""
    return f"local:{sha256(b'bankcore.key-encryption-key' + key).hexdigest()[:_NAME_LENGTH]}"
