"""What API keys need from outside: where they are stored, and what nobody can guess."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from bankcore.actions import Action
from bankcore.api_keys.keys import ApiKey, ApiKeyId
from bankcore.events.stamps import Stamp
from bankcore.idempotency.ports import UnitOfWork, Units
from bankcore.identity.demands import NO_DEMANDS, FactorDemands


@dataclass(frozen=True, slots=True)
class ApiKeyChanged:
    """A key was made, ended by its successor, or revoked; the action says which."""

    stamp: Stamp
    action: Action
    key: ApiKey


class KnownKey(NamedTuple):
    """A key as it was at that instant, by the database's clock."""

    key: ApiKey
    as_of: datetime
    tenant_is_suspended: bool = False
    demands: FactorDemands = NO_DEMANDS


class KeySecrets(Protocol):
    """Makes secrets of keys, and the digests that are stored of their texts."""

    @abstractmethod
    def new_secret(self) -> bytes:
        """256 random bits."""

    @abstractmethod
    def digest_of(self, text: str) -> bytes:
        """A digest that only this installation can make, so that nobody adds a key by writing to the database."""


class ApiKeyUnit(UnitOfWork, Protocol):
    """Keys of one tenant inside one unit of work."""

    @abstractmethod
    def add_key(self, key: ApiKey, digest: bytes) -> None:
        """Add a key."""

    @abstractmethod
    def find_key(self, key_id: ApiKeyId) -> ApiKey | None:
        """The key with that id."""

    @abstractmethod
    def find_key_by(self, digest: bytes) -> ApiKey | None:
        """The key of the text with that digest."""

    @abstractmethod
    def lock_key(self, key_id: ApiKeyId) -> ApiKey | None:
        """The key as it is now, locked until the unit of work ends."""

    @abstractmethod
    def end_key(self, key: ApiKey) -> None:
        """Store until when a locked key is good, and since when it is revoked."""


ApiKeyUnits = Units[ApiKeyUnit]


class ApiKeyQueries(Protocol):
    """Reads of one tenant's keys."""

    @abstractmethod
    def list_keys(self, *, before: ApiKeyId | None = None, limit: int) -> Sequence[ApiKey]:
        """The keys, latest first. Raises: UnavailableError."""


class ApiKeyUses(Protocol):
    """What each request with a key asks of one tenant."""

    @abstractmethod
    def find_used_key(self, digest: bytes) -> KnownKey | None:
        """The key of the text with that digest, read anew for each request. Raises: UnavailableError."""

    @abstractmethod
    def note_use(self, key_id: ApiKeyId) -> None:
        """Remember that the key was used about now; waits for nobody, and does nothing if it cannot be stored."""
