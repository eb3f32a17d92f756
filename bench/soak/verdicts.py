"""Whether anything grows: the last third of a run against the first one, with stated tolerances."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from bench.soak.windows import Window, first_and_last_third

_MIB: Final = 1_048_576
_LATENCY: Final = 1.25
_MEMORY: Final = 1.05
_LAG: Final = 1.25
# The sealer comes once a second, and what a worker holds at a moment is a matter of chance.
_LAG_S: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """Something that shall not grow: its median may become so many times what it was, and so much more."""

    name: str
    unit: str
    of: Callable[[Window], float]
    times: float
    plus: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A measure, its medians in the first and in the last third, and what was allowed there."""

    measure: Measure
    first: float
    last: float

    @property
    def allowed(self) -> float:
        """The most that the last third may show."""
        return self.first * self.measure.times + self.measure.plus

    @property
    def is_met(self) -> bool:
        """Whether it did not grow."""
        return self.last <= self.allowed


def judge(windows: Sequence[Window], *, rate: float, deliveries: int) -> list[Verdict]:
    """Everything that shall not grow, at that rate of transfers with so many deliveries of each.

    Raises:
        ValueError: there are too few windows.
    """
    first, last = first_and_last_third(windows)
    measures = [*_latencies(), *_memories(windows[0]), *_lags(rate, deliveries)]
    return [
        Verdict(measure=each, first=median(map(each.of, first)), last=median(map(each.of, last))) for each in measures
    ]


def _latencies() -> list[Measure]:
    return [
        Measure(name="latency p50", unit="ms", of=lambda each: each.latency_ms["p50"], times=_LATENCY, plus=1),
        Measure(name="latency p99", unit="ms", of=lambda each: each.latency_ms["p99"], times=_LATENCY, plus=2),
        Measure(
            name="calls in vain", unit="%", of=lambda each: _share(each.failures, each.transfers), times=1, plus=0.1
        ),
    ]


def _memories(window: Window) -> list[Measure]:
    """Memory of each kind of process; what is shared is set once and for all, and only touched bit by bit."""
    return [_memory(name) for name in window.memory_bytes if not name.endswith("shared")]


def _memory(name: str) -> Measure:
    return Measure(
        name=f"memory: {name}", unit="MiB", of=lambda each: each.memory_bytes[name] / _MIB, times=_MEMORY, plus=2
    )


def _lags(rate: float, deliveries: int) -> list[Measure]:
    return [
        Measure(
            name="seal: records behind", unit="", of=lambda each: each.lag.unsealed, times=_LAG, plus=rate * _LAG_S
        ),
        Measure(name="seal: oldest", unit="s", of=lambda each: each.lag.unsealed_age_s, times=_LAG, plus=_LAG_S),
        Measure(
            name="outbox: deliveries behind",
            unit="",
            of=lambda each: each.lag.owed + each.lag.unread * deliveries,
            times=_LAG,
            plus=rate * deliveries * _LAG_S,
        ),
        Measure(name="outbox: oldest", unit="s", of=lambda each: each.lag.outbox_age_s, times=_LAG, plus=_LAG_S),
        Measure(name="outbox: given up", unit="", of=lambda each: each.lag.dead, times=1, plus=0),
    ]


def _share(failures: int, transfers: int) -> float:
    calls = failures + transfers
    return 100 * failures / calls if calls else 100.0
