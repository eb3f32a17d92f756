"""Whether anything grows: the last third of a run against the first one, with stated tolerances."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from bench.soak.watch import Window

_WARM_UP: Final = 0.1
"""The share of the run before anything counts."""
_MIB: Final = 1_048_576
_LATENCY: Final = 1.25
_MEMORY: Final = 1.05
_LAG: Final = 1.25
# The sealer comes once a second, and what a worker holds at a moment is a matter of chance.
_LAG_S: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A measure that shall not grow: its medians in the first and in the last third, and what was allowed there."""

    name: str
    first: float
    last: float
    allowed: float

    @property
    def is_met(self) -> bool:
        """Whether it did not grow."""
        return self.last <= self.allowed


def judge(windows: Sequence[Window], *, rate: float) -> list[Verdict]:
    """Everything that shall not grow, at that rate of transfers. Raises: ValueError, if there are too few windows."""
    first, last = first_and_last_third(windows)

    def verdict(name: str, of: Callable[[Window], float], times: float, plus: float) -> Verdict:
        begin, end = median(map(of, first)), median(map(of, last))
        return Verdict(name=name, first=begin, last=end, allowed=begin * times + plus)

    memories = [verdict(f"memory: {name}, MiB", _memory_of(name), _MEMORY, 2) for name in windows[0].memory_bytes]
    return [
        verdict("latency p50, ms", lambda each: each.latency_ms["p50"], _LATENCY, 1),
        verdict("latency p99, ms", lambda each: each.latency_ms["p99"], _LATENCY, 2),
        verdict("calls in vain, %", _failed_percent, 1, 0.1),
        *memories,
        verdict("seal: records behind", lambda each: each.lag.unsealed, _LAG, rate * _LAG_S),
        verdict("seal: oldest, s", lambda each: each.lag.unsealed_age_s, _LAG, _LAG_S),
        verdict("outbox: events behind", lambda each: each.lag.outbox, _LAG, rate * _LAG_S),
        verdict("outbox: oldest, s", lambda each: each.lag.unread_age_s, _LAG, _LAG_S),
        verdict("outbox: given up", lambda each: each.lag.dead, 1, 0),
    ]


def first_and_last_third(windows: Sequence[Window]) -> tuple[Sequence[Window], Sequence[Window]]:
    """The windows to compare: the first and the last third of what is left after the warm-up.

    Raises:
        ValueError: it ran for less than three windows after it.
    """
    warm_s = _WARM_UP * windows[-1].ended_s if windows else 0.0
    kept = [window for window in windows if window.ended_s > warm_s]
    size = len(kept) // 3
    if size == 0:
        raise ValueError(f"{len(kept)} windows cannot be told apart in thirds: run longer, or sample more often")
    return kept[:size], kept[-size:]


def _memory_of(name: str) -> Callable[[Window], float]:
    return lambda window: window.memory_bytes[name] / _MIB


def _failed_percent(window: Window) -> float:
    calls = window.failures + window.transfers
    return 100 * window.failures / calls if calls else 100.0
