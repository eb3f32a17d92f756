"""Key encryption in memory: a wrapped key is a number, which says nothing without the book of what was wrapped."""

from typing import Final

from bankcore.encryption.key_encryption import KeyEncryption, SecretPlace, UnreadableSecretError, WrappedKey

_NUMBER_LENGTH: Final = 8


class InMemoryKeyEncryption(KeyEncryption):
    """Keys that are names, and a book of the data keys that each wrapped."""

    def __init__(self) -> None:
        """With one key."""
        self._names = ["memory:1"]
        self._wrapped: dict[tuple[str, bytes, str], bytes] = {}

    def get_newest_name(self) -> str:
        return self._names[-1]

    def add_key(self) -> str:
        self._names.append(f"memory:{len(self._names) + 1}")
        return self._names[-1]

    def wrap(self, data_key: bytes, place: SecretPlace) -> WrappedKey:
        content = len(self._wrapped).to_bytes(_NUMBER_LENGTH, "big")
        self._wrapped[self._names[-1], content, place.text] = data_key
        return WrappedKey(self._names[-1], content)

    def unwrap(self, wrapped: WrappedKey, place: SecretPlace) -> bytes:
        found = self._wrapped.get((wrapped.key_name, wrapped.content, place.text))
        if found is None:
            raise UnreadableSecretError(f"the key of the secret {place.text} was changed, or moved there")
        return found
