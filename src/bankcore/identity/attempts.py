"""Slows guessing down: for an account longer and longer, for a client address for a while, and never for ever."""

from abc import abstractmethod
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import Final, Protocol

_FREE: Final = 10
_DOUBLINGS: Final = (2, 4, 8, 16, 32, 64, 128, 256, 512)
_LONGEST_S: Final = 900
_AMONG_GUESSES: Final = (0, 0, _LONGEST_S)


@dataclass(frozen=True, slots=True, kw_only=True)
class BackOff:
    """After the n-th failed attempt in a row, no stranger may try this account for `delays_s[n - 1]` seconds.

    A stranger is a client address from which nobody has logged in to the account within a month. Each known address has
    a count of its own, so that guessing does not lock the user out of the usual places. The last delay holds for all
    later attempts, and after `forget_after` without one the count starts again. With the defaults strangers have about
    115 guesses in a day together, and wait 15 minutes at most.
    """

    delays_s: tuple[int, ...] = (0,) * (_FREE - 1) + _DOUBLINGS + (_LONGEST_S,)
    forget_after: timedelta = timedelta(days=1)

    def among_guesses(self) -> "BackOff":
        """For an account at a known address from which others have guessed too often: three attempts, then long waits.

        Who guesses there may be after many accounts of that address, with few guesses for each.
        """
        return replace(self, delays_s=_AMONG_GUESSES)


class AttemptKind(StrEnum):
    """The kinds of attempts that are limited for a client address."""

    FAILURE = "failure"
    REGISTRATION = "registration"
    RESET = "reset"


class AttemptLimiter(Protocol):
    """Counts by client address, over a moving window; a request without an address is not limited."""

    @abstractmethod
    def require_allowed(self, kind: AttemptKind, client: str | None) -> None:
        """Require that the client may try once more.

        Raises:
            ThrottledError: it may try again after `retry_after_s`.
        """

    @abstractmethod
    def count(self, kind: AttemptKind, client: str | None) -> None:
        """Count one."""
