"""Bounds the requests of one caller, or of all strangers at one address, in a minute (docs/adr/0076)."""

import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil
from threading import Lock
from typing import Final, NamedTuple

WINDOW_S: Final = 60
_SUBJECTS_MAX: Final = 10_000
_SHARES: Final = 100


Share = Callable[[str, int, int], tuple[int, float] | None]
"""Counts so many more for a name whose count is forgotten so many seconds after its first one, and tells the count of
all processes and its remaining seconds; None if nobody answers now.
"""

PlaceOf = Callable[[str], str | None]
"""What one customer has of addresses: an IPv4 address, or a network of IPv6."""


class Taken(NamedTuple):
    """What became of one request."""

    headers: Sequence[tuple[str, str]] = ()
    """They tell what is left."""
    wait_s: int = 0
    """0 if the request is let through; else nothing is left for so many seconds."""


NOT_COUNTED: Final = Taken()


class _Window:
    """What this process may still let through for one subject until the window ends."""

    __slots__ = ("ends_at", "granted", "taken")

    def __init__(self, ends_at: float) -> None:
        self.ends_at = ends_at
        self.granted = 0
        self.taken = 0
        """By all processes, as far as this one knows: its own grants are counted whole."""


class RateLimit:
    """At most `quota` requests of a subject within a window that begins with its first one.

    A process takes a hundredth of the quota at a time from what all processes share, so that few requests wait for the
    store. While nobody answers there, it counts alone. The subjects that were idle longest are forgotten.
    """

    def __init__(
        self, name: str, quota: int, share: Share | None = None, *, monotonic_s: Callable[[], float] = time.monotonic
    ) -> None:
        self._name = name
        self._quota = quota
        self._step = max(1, quota // _SHARES)
        self._share = share
        self._monotonic_s = monotonic_s
        self._windows: OrderedDict[str, _Window] = OrderedDict()
        self._lock = Lock()
        self._policy = ("RateLimit-Policy", f'"{name}";q={quota};w={WINDOW_S}')

    def take(self, subject: str) -> Taken:
        """Take one request of the subject."""
        now = self._monotonic_s()
        with self._lock:
            window = self._window_of(subject, now)
            if _is_taken(window):
                return self._let_through(window, now)
            is_used_up = window.taken >= self._quota
        if not is_used_up:
            self._take_share(subject, window, now)
        with self._lock:
            if _is_taken(window):
                return self._let_through(window, now)
            return self._refused(window, now)

    def _window_of(self, subject: str, now: float) -> _Window:
        window = self._windows.get(subject)
        if window is None or window.ends_at <= now:
            window = self._windows[subject] = _Window(now + WINDOW_S)
        self._windows.move_to_end(subject)
        if len(self._windows) > _SUBJECTS_MAX:
            self._windows.popitem(last=False)
        return window

    def _take_share(self, subject: str, window: _Window, now: float) -> None:
        """Get the right to let more through. The lock is not held meanwhile, or all would wait for one answer."""
        shared = None if self._share is None else self._share(f"{self._name}:{subject}", self._step, WINDOW_S)
        with self._lock:
            if shared is None:
                window.granted += max(0, self._quota - window.taken)
                window.taken = self._quota
                return
            taken, ends_in_s = shared
            window.granted += max(0, min(self._step, self._quota - taken + self._step))
            window.taken = max(window.taken, min(taken, self._quota))
            window.ends_at = now + ends_in_s

    def _let_through(self, window: _Window, now: float) -> Taken:
        left = self._quota - window.taken + window.granted
        return Taken((self._policy, ("RateLimit", f'"{self._name}";r={left};t={_remaining_s(window, now)}')))

    def _refused(self, window: _Window, now: float) -> Taken:
        wait_s = max(1, _remaining_s(window, now))
        return Taken((self._policy, ("RateLimit", f'"{self._name}";r=0;t={wait_s}')), wait_s)


def _is_taken(window: _Window) -> bool:
    if window.granted <= 0:
        return False
    window.granted -= 1
    return True


def _remaining_s(window: _Window, now: float) -> int:
    return max(0, ceil(window.ends_at - now))


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimits:
    """The limits of an application; None is no limit.

    Who is known is counted alone. An address stops only those whom nobody knows, because many people can have one.
    """

    callers: RateLimit | None = None
    strangers: RateLimit | None = None
    place_of: PlaceOf = str

    def take_caller(self, caller: str) -> Taken:
        """Take a request of that user or service."""
        return NOT_COUNTED if self.callers is None else self.callers.take(caller)

    def take_stranger(self, address: str | None) -> Taken:
        """Take a request that came from that address without a caller."""
        if self.strangers is None or address is None:
            return NOT_COUNTED
        return self.strangers.take(self.place_of(address) or "unknown")


NO_LIMITS: Final = RateLimits()
