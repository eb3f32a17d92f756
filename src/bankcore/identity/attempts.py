"""How guessing is slowed down: by account for ever longer, by client address for a while, and never for good."""

from abc import abstractmethod
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final, Protocol

_FREE: Final = 10
_DOUBLINGS: Final = (2, 4, 8, 16, 32, 64, 128, 256, 512)
_LONGEST_S: Final = 900


@dataclass(frozen=True, slots=True, kw_only=True)
class BackOff:
    """After the n-th attempt in a row without success no stranger may try this account for `delays_s[n - 1]` seconds.

    A stranger is a client address from which nobody has logged in to the account within a month. Each of the others has
    a count of its own, so that whoever guesses keeps nobody out of the place where he usually is. The last delay holds
    for all that follow, and after `forget_after` without any attempt the count starts again. With the defaults
    strangers have about 115 guesses in a day together, and wait 15 minutes at most.
    """

    delays_s: tuple[int, ...] = (0,) * (_FREE - 1) + _DOUBLINGS + (_LONGEST_S,)
    forget_after: timedelta = timedelta(days=1)


class AttemptKind(StrEnum):
    """What a client address is limited in."""

    FAILURE = "failure"
    REGISTRATION = "registration"


class AttemptLimiter(Protocol):
    """Counts by client address, over a moving window; an address that is not known is not limited."""

    @abstractmethod
    def require_allowed(self, kind: AttemptKind, client: str | None) -> None:
        """Nothing, if the client may try once more.

        Raises:
            ThrottledError: not before `retry_after_s`.
        """

    @abstractmethod
    def count(self, kind: AttemptKind, client: str | None) -> None:
        """Count one."""
