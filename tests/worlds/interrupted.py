"""What happens between two steps of a use case, chosen by a test."""

from collections.abc import Callable
from dataclasses import dataclass

from typing_extensions import override

from bankcore.identity.passwords import PasswordHasher


@dataclass(frozen=True, slots=True)
class InterruptedHasher(PasswordHasher):
    """Hashes as another does, and lets something happen while it is at it."""

    hasher: PasswordHasher
    meanwhile: Callable[[], object]

    @override
    def hash(self, password: str) -> str:
        self.meanwhile()
        return self.hasher.hash(password)

    @override
    def verify(self, password: str, password_hash: str | None) -> bool:
        return self.hasher.verify(password, password_hash)

    @override
    def is_outdated(self, password_hash: str) -> bool:
        return self.hasher.is_outdated(password_hash)
