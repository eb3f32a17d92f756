"""Finds the highest rate of transfers at which nothing falls behind: neither callers, nor the seal, nor the outbox."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from bench.soak.lag import Lag, LagReader
from bench.soak.stage import Stage

_CUSTOMERS_OF_A_TRANSFER: Final = 2
_POLL_S: Final = 0.5
_DRAIN_TIMEOUT_S: Final = 600.0
_WARM_UP_S: Final = 2.0
_ABOVE: Final = 1.25
"""How far above the estimate the first trial starts."""
_STEP: Final = 0.87
_TRIALS_MAX: Final = 12
_BEHIND: Final = 0.05
"""The share of what a trial asked for that may be left undone at its end: what is at work at any moment."""
_SEALING_S: Final = 1.5
"""The sealer comes once a second: so much may be unsealed at one moment and not at another."""


class NotDrainedError(Exception):
    """The roles did not finish what they owe."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """Transfers offered at a rate for a while: how many a second were done, and by how much the lags grew a second."""

    rate: float
    seconds: float
    deliveries: int
    """Those that follow one transfer."""
    done: float
    deliveries_behind: float
    records_unsealed: float

    @property
    def is_sustained(self) -> bool:
        """Whether nothing fell behind."""
        return (
            self.done >= (1 - _BEHIND) * self.rate
            and self.deliveries_behind <= _BEHIND * self.rate * self.deliveries
            and self.records_unsealed * self.seconds <= _SEALING_S * self.rate
        )


class Rates:
    """Tries rates on a bank with its roles at work."""

    def __init__(self, stage: Stage) -> None:
        """On that stage."""
        self._stage = stage
        self._lag = LagReader(stage.connection)

    def deliveries(self) -> int:
        """How many deliveries follow a transfer: one for each consumer and customer."""
        return self._lag.consumers() * _CUSTOMERS_OF_A_TRANSFER

    def drain(self, timeout_s: float = _DRAIN_TIMEOUT_S) -> float:
        """Wait until nothing is owed; how many deliveries a second were made meanwhile. Raises: NotDrainedError."""
        deadline = time.monotonic() + timeout_s
        began, before = time.monotonic(), 0
        while True:
            self._stage.roles.require_alive()
            lag, now, consumed = self._lag.read(), time.monotonic(), self._consumed()
            if before == 0 and consumed:
                began, before = now, consumed
            if self._lag.consumers() and lag.owed == lag.unread == 0:
                return (consumed - before) / max(now - began, _POLL_S)
            if now > deadline:
                raise NotDrainedError(f"{lag.owed} deliveries are still owed after {timeout_s:.0f} s")
            time.sleep(_POLL_S)

    def step_down(
        self, *, alone: float, delivering: float, seconds: float, on_trial: Callable[[float], None]
    ) -> list[Trial]:
        """Step down from above what can be expected until a rate holds, which is that of the last trial.

        So many transfers a second are posted `alone`, and `delivering` deliveries are made with nothing else to do.
        """
        expected = 1 / (1 / alone + self.deliveries() / max(delivering, 1.0))
        rate, trials = min(alone, expected * _ABOVE), list[Trial]()
        while len(trials) < _TRIALS_MAX:
            on_trial(rate)
            trials.append(self._try(rate, seconds))
            if trials[-1].is_sustained:
                break
            self.drain()
            rate *= _STEP
        return trials

    def _try(self, rate: float, seconds: float) -> Trial:
        with self._stage.offer(rate) as client:
            client.run(_WARM_UP_S)
            before = self._lag.read()
            done = client.run(seconds)
            after = self._lag.read()
        return Trial(
            rate=rate,
            seconds=done.elapsed_s,
            deliveries=self.deliveries(),
            done=done.per_second,
            deliveries_behind=(self._behind(after) - self._behind(before)) / done.elapsed_s,
            records_unsealed=(after.unsealed - before.unsealed) / done.elapsed_s,
        )

    def _behind(self, lag: Lag) -> int:
        return lag.owed + lag.unread * self.deliveries()

    def _consumed(self) -> int:
        row = self._stage.connection.execute("SELECT coalesce(sum(position), 0) FROM bankcore.cursors").fetchone()
        assert row is not None  # noqa: S101 - an aggregate has a row
        return int(row[0]) * _CUSTOMERS_OF_A_TRANSFER
