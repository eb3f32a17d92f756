"""Limits how many attempts of one actor are recorded: enough to see what happens, too few to fill the log."""

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Final

BURST: Final = 200
PER_SECOND: Final = 2.0
_ACTORS_MAX: Final = 10_000


@dataclass(slots=True)
class _Bucket:
    tokens: float
    filled_at: float
    unrecorded: int = 0


class AttemptQuota:
    """A token bucket for each actor; those who were quiet for longest are forgotten first. For one thread."""

    def __init__(self, *, burst: int = BURST, per_second: float = PER_SECOND) -> None:
        """Allow `burst` attempts at once, and a constant number a second."""
        self._burst = burst
        self._per_second = per_second
        self._buckets: OrderedDict[Hashable, _Bucket] = OrderedDict()

    def take(self, actor: Hashable, now_s: float) -> int | None:
        """Take one attempt. Returns how many of the actor went unrecorded before it; None if this one exceeds the
        quota.
        """
        bucket = self._buckets.pop(actor, None) or _Bucket(self._burst, now_s)
        self._buckets[actor] = bucket
        if len(self._buckets) > _ACTORS_MAX:
            self._buckets.popitem(last=False)
        bucket.tokens = min(self._burst, bucket.tokens + (now_s - bucket.filled_at) * self._per_second)
        bucket.filled_at = now_s
        if bucket.tokens < 1:
            bucket.unrecorded += 1
            return None
        bucket.tokens -= 1
        unrecorded, bucket.unrecorded = bucket.unrecorded, 0
        return unrecorded
