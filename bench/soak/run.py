"""The long run: finds the load, offers it with all background work beside it, and watches what grows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from bench.machine import describe_machine, describe_server
from bench.ours import our_transfers
from bench.remote import RemoteSubject
from bench.soak.customers import make_customers
from bench.soak.growth import Growth, Written
from bench.soak.observer import Observer
from bench.soak.rates import Rates, Trial
from bench.soak.stage import THREADS, Stage, set_stage
from bench.soak.verdicts import Verdict, judge
from bench.soak.windows import Window
from bench.world import World

_ROUNDS: Final = 3
_ROUND_S: Final = 2.0
_AFTER_TIMEOUT_S: Final = 60.0

OnStep = Callable[[str, int], None]
"""Hears what happens, and how many windows have ended since it heard last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What to do, and for how long; without a rate, the share `load` of the highest one that holds is offered."""

    minutes: float
    sample_s: float
    trial_s: float
    accounts: int
    workers: int
    load: float
    rate: float | None

    @property
    def windows(self) -> int:
        """How many windows the run has."""
        return max(1, round(self.minutes * 60 / self.sample_s))


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What was found out before the run, a second: posting with nothing beside it, delivering likewise, and both."""

    posting_alone: float | None
    delivering_alone: float
    deliveries: int
    """Those that follow one transfer."""
    trials: Sequence[Trial]

    @property
    def sustained(self) -> float | None:
        """The highest rate that was tried and held."""
        return next((trial.rate for trial in self.trials if trial.is_sustained), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class SoakReport:
    """Everything that the run has found."""

    wish: Wish
    machine: dict[str, str]
    server: dict[str, str]
    found: Found
    rate: float
    windows: Sequence[Window]
    growth: Growth
    verdicts: Sequence[Verdict]

    @property
    def is_met(self) -> bool:
        """Whether nothing grew."""
        return all(verdict.is_met for verdict in self.verdicts)


class NothingHoldsError(Exception):
    """Every rate that was tried left something behind."""


def soak(world: World, wish: Wish, on_step: OnStep) -> SoakReport:
    """Run it on that server.

    Raises:
        NothingHoldsError: no rate was found that could be offered.
    """
    machine, server = describe_machine(), describe_server(world)
    alone = None if wish.rate is not None else _posting_alone(world, wish, on_step)
    with set_stage(world, accounts=wish.accounts, workers=wish.workers, on_step=on_step) as stage:
        found = _find(Rates(stage), wish, alone, on_step)
        rate = _rate_of(wish, found)
        world.calm()
        windows, growth = _offer(stage, rate, wish, on_step)
    verdicts = judge(windows, rate=rate, deliveries=found.deliveries)
    return SoakReport(
        wish=wish,
        machine=machine,
        server=server,
        found=found,
        rate=rate,
        windows=windows,
        growth=growth,
        verdicts=verdicts,
    )


def _posting_alone(world: World, wish: Wish, on_step: OnStep) -> float:
    """In a database of its own, so that nothing of it has to be followed later."""
    on_step("posting alone", 0)
    place = world.bank("alone")
    ids = make_customers(place, wish.accounts)
    with RemoteSubject.start(our_transfers, place, ids, threads=THREADS) as subject:
        subject.run(_ROUND_S)
        return median(subject.run(_ROUND_S).per_second for _ in range(_ROUNDS))


def _find(rates: Rates, wish: Wish, alone: float | None, on_step: OnStep) -> Found:
    on_step("delivering alone: what followed from opening the accounts", 0)
    delivering = rates.drain()
    trials: Sequence[Trial] = ()
    if alone is not None:
        trials = rates.step_down(
            alone=alone,
            delivering=delivering,
            seconds=wish.trial_s,
            on_trial=lambda rate: on_step(f"trying {rate:.0f} transfers a second", 0),
        )
    return Found(posting_alone=alone, delivering_alone=delivering, deliveries=rates.deliveries(), trials=trials)


def _rate_of(wish: Wish, found: Found) -> float:
    if wish.rate is not None:
        return wish.rate
    if found.sustained is None:
        raise NothingHoldsError(f"something falls behind even at {found.trials[-1].rate:.0f} transfers a second")
    return wish.load * found.sustained


def _offer(stage: Stage, rate: float, wish: Wish, on_step: OnStep) -> tuple[list[Window], Growth]:
    before = Written.on(stage.connection)
    windows = []
    with stage.offer(rate) as client:
        observer = Observer(stage, client_pid=client.pid)
        for number in range(wish.windows):
            on_step(f"{rate:.0f} transfers a second", int(number > 0))
            windows.append(observer.window(client.run(wish.sample_s)))
        on_step("writing up", 1)
        after = Written.on(stage.connection)
    growth = Growth.between(
        before,
        after,
        transfers=sum(window.transfers for window in windows),
        behind=frozenset(pid for pid, (name, _size) in before.log_of.items() if name == "bank"),
    )
    return windows, growth
