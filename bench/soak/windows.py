"""What a long run has shown, window by window."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bench.figures import Round, Sample
from bench.soak.lag import Lag

_PLACES: Final = ("p50", "p95", "p99")
_WARM_UP: Final = 0.1
"""The share of the run before anything counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A stretch of the run: what ended in it, and how things stood at its end, so many seconds after the beginning."""

    ended_s: float
    transfers: int
    failures: int
    latency_ms: Mapping[str, float]
    memory_bytes: Mapping[str, int]
    lag: Lag
    table_bytes: int
    log_bytes: int
    others_processors: float
    """How many processors were busy with something else."""


def latency_of(round_: Round) -> dict[str, float]:
    """Percentiles of the round's calls. Where none ended, all that were due waited for at least as long as it took."""
    return Sample((round_,)).latency_ms or dict.fromkeys(_PLACES, round_.elapsed_s * 1_000)


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
