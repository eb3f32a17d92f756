"""Callers in threads: each makes one call after another, as the threads of a service do."""

import time
from array import array
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from typing_extensions import override

from bench.figures import Round, Subject

Call = Callable[[], int]
"""One call; returns how many operations it was, for a batch as many as it holds."""


class ThreadedCalls(Subject):
    """As many threads as calls, which stay the same from round to round."""

    def __init__(self, calls: Sequence[Call]) -> None:
        self._calls = calls

    @override
    def run(self, seconds: float) -> Round:
        start = Barrier(len(self._calls))
        with ThreadPoolExecutor(len(self._calls)) as pool:
            futures = [pool.submit(_repeat, call, start, seconds) for call in self._calls]
            found = [future.result() for future in futures]
        began = min(began for began, _ended, _operations, _times in found)
        ended = max(ended for _began, ended, _operations, _times in found)
        times = array("d")
        for _began, _ended, _operations, own_times in found:
            times.extend(own_times)
        return Round(sum(operations for _began, _ended, operations, _times in found), ended - began, times)


def _repeat(call: Call, start: Barrier, seconds: float) -> tuple[float, float, int, "array[float]"]:
    clock, times, operations = time.perf_counter, array("d"), 0
    start.wait()
    began = before = clock()
    while before < began + seconds:
        operations += call()
        after = clock()
        times.append((after - before) * 1_000)
        before = after
    return began, before, operations, times
