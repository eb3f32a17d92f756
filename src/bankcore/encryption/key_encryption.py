"""The port to whatever holds the key-encryption keys: a file of ours, or the key service of a cloud."""

from abc import abstractmethod
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

from bankcore.identifiers import TenantId


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretPlace:
    """Where a secret belongs: encrypted for one place, it cannot be read at another."""

    tenant_id: TenantId
    purpose: str
    """What it is for, such as `totp`."""
    owner_id: UUID
    """Whom or what it is for."""

    @property
    def text(self) -> str:
        """The place in one way of writing, for errors and as what a ciphertext is bound to."""
        return f"{self.tenant_id}/{self.purpose}/{self.owner_id}"


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """A data key, encrypted with the key-encryption key of that name."""

    key_name: str
    content: bytes = field(repr=False)


class UnreadableSecretError(Exception):
    """A stored secret cannot be read: its key is lost, or somebody changed or moved it. The message names its place."""


class KeyEncryption(Protocol):
    """Encrypts data keys of 32 bytes with a key-encryption key that never leaves it.

    A key of before a rotation goes on unwrapping what it wrapped.
    """

    @abstractmethod
    def get_newest_name(self) -> str:
        """The name of the key that wraps from now on."""

    @abstractmethod
    def add_key(self) -> str:
        """Make a new key, which wraps from now on, and give its name."""

    @abstractmethod
    def wrap(self, data_key: bytes, place: SecretPlace) -> WrappedKey:
        """Encrypt the data key with the newest key, for that place alone."""

    @abstractmethod
    def unwrap(self, wrapped: WrappedKey, place: SecretPlace) -> bytes:
        """The data key.

        Raises:
            UnreadableSecretError: the key-encryption key is not there, or this was not wrapped for that place.
        """
