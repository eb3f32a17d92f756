"""Finds the highest rate of transfers at which nothing falls behind: neither callers, nor the seal, nor the outbox."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from bench.ours import our_transfers
from bench.remote import RemoteSubject
from bench.soak.lag import LagReader
from bench.soak.stage import THREADS, Stage

_POLL_S: Final = 0.5
_DRAIN_TIMEOUT_S: Final = 600.0
_WARM_UP_S: Final = 2.0
_STEP: Final = 0.87
_TRIALS_MAX: Final = 12
_BEHIND: Final = 0.05
"""The share of what a trial asked for that may be left undone at its end: what is at work at any moment."""
_SEALING_S: Final = 1.5
"""The sealer comes once a second: so much may be unsealed at one moment and not at another."""


class NotDrainedError(Exception):
    """The roles did not finish what they owe."""


class NothingHoldsError(Exception):
    """Every rate that was tried left something behind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """Transfers offered at a rate for a while: how many a second were done, and by how much the lags have grown."""

    rate: float
    seconds: float
    done: float
    unread: int
    unsealed: int

    @property
    def is_sustained(self) -> bool:
        """Whether nothing fell behind."""
        return (
            self.done >= (1 - _BEHIND) * self.rate
            and self.unread <= _BEHIND * self.rate * self.seconds
            and self.unsealed <= _SEALING_S * self.rate
        )


def find_rate(stage: Stage, seconds: float, on_trial: Callable[[float], None]) -> list[Trial]:
    """Step down from what callers reach who do not wait for the roles; the last trial is the one that holds.

    Raises:
        NothingHoldsError: none of them did.
        NotDrainedError: the roles did not catch up between two trials.
    """
    with RemoteSubject.start(our_transfers, stage.place, stage.ids, threads=THREADS) as callers:
        callers.run(_WARM_UP_S)
        rate, trials = callers.run(seconds).per_second, list[Trial]()
    while len(trials) < _TRIALS_MAX:
        drain(stage)
        on_trial(rate)
        trials.append(_try(stage, rate, seconds))
        if trials[-1].is_sustained:
            return trials
        rate *= _STEP
    raise NothingHoldsError(f"something falls behind even at {trials[-1].rate:.0f} transfers a second")


def drain(stage: Stage) -> None:
    """Wait until the consumers have read and done everything. Raises: NotDrainedError."""
    lag, deadline = LagReader(stage.connection), time.monotonic() + _DRAIN_TIMEOUT_S
    while owed := lag.read().outbox:
        stage.require_alive()
        if time.monotonic() > deadline:
            raise NotDrainedError(f"{owed} events are still owed after {_DRAIN_TIMEOUT_S:.0f} s")
        time.sleep(_POLL_S)


def _try(stage: Stage, rate: float, seconds: float) -> Trial:
    lag = LagReader(stage.connection)
    with stage.offer(rate) as client:
        client.run(_WARM_UP_S)
        before, done, after = lag.read(), client.run(seconds), lag.read()
    return Trial(
        rate=rate,
        seconds=done.elapsed_s,
        done=done.per_second,
        unread=after.outbox - before.outbox,
        unsealed=after.unsealed - before.unsealed,
    )
