"""Passwords with Argon2id (RFC 9106), a bounded number of them at a time."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import BoundedSemaphore
from typing import Final

import argon2
from argon2.exceptions import InvalidHashError, VerificationError
from typing_extensions import override

from bankcore.errors import Unavailability, UnavailableError
from bankcore.identity.passwords import PasswordHasher

_SALT_LENGTH: Final = 16
_HASH_LENGTH: Final = 32
# One hash can use every core by itself; a second one at once would only cost its 64 MiB.
_CONCURRENT_MAX: Final = 1
_WAIT_S: Final = 5.0
# OWASP ASVS 5.0, appendix C: the least memory, in KiB, for each number of passes.
_MEMORY_FLOORS_KIB: Final = {1: 47_104, 2: 19_456}
_MEMORY_FLOOR_KIB: Final = 12_288


class WeakParametersError(ValueError):
    """The parameters are below the floor of ASVS 5.0, appendix C."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Argon2Parameters:
    """What one hash costs; by default the second recommended option of RFC 9106, section 4."""

    memory_kib: int = 65_536
    time_cost: int = 3
    parallelism: int = 4

    def require_strong(self) -> "Argon2Parameters":
        """Return these parameters if they are strong enough for real passwords.

        Raises:
            WeakParametersError: a guess would cost too little.
        """
        floor_kib = _MEMORY_FLOORS_KIB.get(self.time_cost, _MEMORY_FLOOR_KIB)
        if self.time_cost < 1 or self.parallelism < 1 or self.memory_kib < floor_kib:
            raise WeakParametersError(
                f"argon2id with {self.time_cost} passes needs at least {floor_kib} KiB of memory and one lane"
            )
        return self


class Argon2PasswordHasher(PasswordHasher):
    """Makes few hashes at once, because each takes much memory and time; other callers wait, and are refused in the
    end.
    """

    def __init__(
        self, parameters: Argon2Parameters, *, concurrent_max: int = _CONCURRENT_MAX, wait_s: float = _WAIT_S
    ) -> None:
        """Make at most `concurrent_max` hashes at once; a caller waits at most `wait_s` seconds."""
        self._argon2 = argon2.PasswordHasher(
            time_cost=parameters.time_cost,
            memory_cost=parameters.memory_kib,
            parallelism=parameters.parallelism,
            hash_len=_HASH_LENGTH,
            salt_len=_SALT_LENGTH,
            type=argon2.Type.ID,
        )
        self._slots = BoundedSemaphore(concurrent_max)
        self._wait_s = wait_s
        self._dummy_hash = self._argon2.hash("nobody has this password")

    @override
    def hash(self, password: str) -> str:
        with self.slot():
            return self._argon2.hash(_encoded(password))

    @override
    def verify(self, password: str, password_hash: str | None) -> bool:
        with self.slot():
            try:
                self._argon2.verify(password_hash or self._dummy_hash, _encoded(password))
            except (VerificationError, InvalidHashError):
                return False
        return password_hash is not None

    @override
    def is_outdated(self, password_hash: str) -> bool:
        return self._argon2.check_needs_rehash(password_hash)

    @contextmanager
    def slot(self) -> Iterator[None]:
        """Hold the right to make one hash. Raises: UnavailableError: none came free in time."""
        if not self._slots.acquire(timeout=self._wait_s):
            raise UnavailableError(reason=Unavailability.OVERLOADED)
        try:
            yield
        finally:
            self._slots.release()


def _encoded(password: str) -> bytes:
    """The password in UTF-8. A lone surrogate, which the policy refuses, becomes bytes that no text has."""
    return password.encode(errors="surrogatepass")
