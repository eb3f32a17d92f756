"""Whether two samples could be of one distribution: what somebody can learn who measures answers."""

import math
import random
from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from statistics import NormalDist, median
from time import perf_counter
from typing import Final

_FRESH: Final = 3
_MEDIANS_APART_MAX: Final = 0.05
_MEDIANS_OF_MIN: Final = 100
"""With fewer, chance alone moves a median further than that on a machine that does something else too."""
_CHANCE_MIN: Final = 0.01
_ORDER: Final = random.Random(1)


def times_of(asks: Mapping[str, Callable[[], object]], *, count: int) -> dict[str, list[float]]:
    """So many times in seconds of each, taken in turns, so that whatever slows the machine slows all alike."""
    times: dict[str, list[float]] = {name: [] for name in asks}
    names = list(asks)
    for _ in range(count):
        _ORDER.shuffle(names)
        for name in names:
            began = perf_counter()
            asks[name]()
            times[name].append(perf_counter() - began)
    return times


def told_apart(measure: Callable[[], Mapping[str, Sequence[float]]]) -> dict[str, str]:
    """Pairs that differ in each of up to three fresh measurements, with what was seen last; none if they look alike."""
    found: dict[str, str] = {}
    for number in range(_FRESH):
        seen = _differences(measure())
        found = seen if number == 0 else {pair: seen[pair] for pair in found if pair in seen}
        if not found:
            break
    return found


def _differences(samples: Mapping[str, Sequence[float]]) -> dict[str, str]:
    found = {}
    for (one, first), (other, second) in combinations(samples.items(), 2):
        apart = abs(median(first) - median(second)) / min(median(first), median(second))
        chance = chance_of_one_source(first, second)
        is_far = apart > _MEDIANS_APART_MAX and min(len(first), len(second)) >= _MEDIANS_OF_MIN
        if is_far or chance <= _CHANCE_MIN:
            found[f"{one} and {other}"] = f"medians {apart:.1%} apart, p = {chance:.4f}"
    return found


def chance_of_one_source(first: Sequence[float], second: Sequence[float]) -> float:
    """How likely such a difference is between samples of one source: the test of Mann and Whitney, both sides."""
    ranked = sorted([(value, 0) for value in first] + [(value, 1) for value in second])
    ranks = sum(rank for rank, (_value, source) in enumerate(ranked, 1) if source == 0)
    n, m = len(first), len(second)
    larger = ranks - n * (n + 1) / 2
    deviation = math.sqrt(n * m * (n + m + 1) / 12)
    return 2 * (1 - NormalDist().cdf(abs(larger - n * m / 2) / deviation))
