"""Secrets of API keys, and the keyed digests of their texts."""

import secrets

from typing_extensions import override

from bankcore.api_keys.key_text import SECRET_LENGTH
from bankcore.api_keys.ports import KeySecrets
from bankcore_infra.keys.key_ring import KeyedHash


class RandomKeySecrets(KeySecrets):
    """Random secrets, and digests with a key of this installation."""

    def __init__(self, keyed_hash: KeyedHash) -> None:
        self._keyed_hash = keyed_hash

    @override
    def new_secret(self) -> bytes:
        return secrets.token_bytes(SECRET_LENGTH)

    @override
    def digest_of(self, text: str) -> bytes:
        return self._keyed_hash.of(text.encode())
