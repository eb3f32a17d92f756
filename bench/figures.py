"""What a measurement yields: rounds, their medians, and ratios of rounds that ran side by side."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final, Protocol

_TAIL: Final = {"p50": 50, "p95": 95, "p99": 99}


@dataclass(frozen=True, slots=True)
class Round:
    """What one subject did in one go; `latencies_ms` holds one number for each call, which may be a batch."""

    operations: int
    elapsed_s: float
    latencies_ms: Sequence[float] = ()

    @property
    def per_second(self) -> float:
        """Operations a second."""
        return self.operations / self.elapsed_s


class Subject(Protocol):
    """Something that can be measured, again and again."""

    def run(self, seconds: float) -> Round:
        """Work for about that long, finish what was begun, and say how much it was."""


@dataclass(frozen=True, slots=True)
class Sample:
    """All rounds of one subject."""

    rounds: tuple[Round, ...]

    @property
    def per_second(self) -> float:
        """The median of the rounds."""
        return median(one.per_second for one in self.rounds)

    @property
    def spread(self) -> tuple[float, float]:
        """The slowest and the fastest round, in operations a second."""
        rates = [one.per_second for one in self.rounds]
        return min(rates), max(rates)

    @property
    def latency_ms(self) -> dict[str, float]:
        """Percentiles over the calls of all rounds; empty where nothing was timed."""
        times = sorted(time for one in self.rounds for time in one.latencies_ms)
        return {name: percentile(times, percent) for name, percent in _TAIL.items()} if times else {}


@dataclass(frozen=True, slots=True)
class Ratio:
    """How a subject compares with another one: the median over the rounds, and the lowest and highest of them."""

    median: float
    lowest: float
    highest: float
    against: str


def percentile(ordered: Sequence[float], percent: int) -> float:
    """The value that so many percent of the sorted numbers do not exceed (nearest rank)."""
    if not ordered:
        raise ValueError("no numbers have no percentile")
    rank = -(-len(ordered) * percent // 100)
    return ordered[max(rank, 1) - 1]


def ratio_of(samples: dict[str, Sample], subject: str, against: Sequence[str]) -> Ratio:
    """The subject's rate over that of the fastest of the others, round by round.

    Only rounds that ran side by side are divided: the machine drifts from minute to minute, and both drift with it.
    """
    fastest = max(against, key=lambda name: samples[name].per_second)
    pairs = zip(samples[subject].rounds, samples[fastest].rounds, strict=True)
    # Who did nothing in a round is taken to have done one thing, so that every ratio is a number.
    ratios = [mine.per_second * theirs.elapsed_s / max(theirs.operations, 1) for mine, theirs in pairs]
    return Ratio(median(ratios), min(ratios), max(ratios), fastest)
