"""Transfers that fall due at a fixed rate, whether or not the bank keeps up with them."""

import time
from array import array
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import contextmanager
from itertools import count
from threading import Event, Lock

from typing_extensions import override

from bankcore.identifiers import AccountId
from bench.figures import Round, Subject
from bench.ours import TENANT, transfer_call
from bench.threads import Call
from bench.world import BankPlace


class OpenLoop(Subject):
    """Calls on one schedule, made by whichever thread is free; the load goes on between two rounds.

    A round is what ended since the round before. The wait of a call counts from when it was due, so a bank that falls
    behind cannot hide it. A call for which nothing was recorded has its wait counted, and is no operation.
    """

    def __init__(self, calls: Sequence[Call], rate: float) -> None:
        self._calls = calls
        self._rate = rate
        self._numbers = count()
        self._times = array("d")
        self._operations = 0
        self._lock = Lock()
        self._stop = Event()

    @contextmanager
    def running(self) -> Iterator[Subject]:
        """Offer the load until the end of the block."""
        with ThreadPoolExecutor(len(self._calls)) as pool:
            self._began = self._taken_at = time.perf_counter()
            self._threads = [pool.submit(self._repeat, call) for call in self._calls]
            try:
                yield self
            finally:
                self._stop.set()

    @override
    def run(self, seconds: float) -> Round:
        left_s = self._taken_at + seconds - time.perf_counter()
        ended, _running = wait(self._threads, timeout=max(0.0, left_s), return_when=FIRST_COMPLETED)
        for thread in ended:
            # Before it is told to, a thread ends by an error only.
            thread.result()
        with self._lock:
            times, self._times = self._times, array("d")
            operations, self._operations = self._operations, 0
        before, self._taken_at = self._taken_at, time.perf_counter()
        return Round(operations, self._taken_at - before, times)

    def _repeat(self, call: Call) -> None:
        clock = time.perf_counter
        while not self._stop.is_set():
            due = self._began + next(self._numbers) / self._rate
            if (early_s := due - clock()) > 0:
                time.sleep(early_s)
            operations = call()
            waited_ms = (clock() - due) * 1_000
            with self._lock:
                self._times.append(waited_ms)
                self._operations += operations


@contextmanager
def offered_transfers(place: BankPlace, ids: Sequence[AccountId], *, threads: int, rate: float) -> Iterator[Subject]:
    """Single calls of `transfer` at that rate by the threads of one process, each with a key of its own."""
    with place.open() as bank:
        books = bank.tenant(TENANT)
        with OpenLoop([transfer_call(books, ids) for _ in range(threads)], rate).running() as load:
            yield load
