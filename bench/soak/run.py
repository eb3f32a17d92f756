"""The long run: finds the load, offers it with all background work beside it, and watches what grows."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bench.machine import describe_machine, describe_server
from bench.soak.stage import Stage, set_stage
from bench.soak.trials import Trial, drain, find_rate
from bench.soak.verdicts import Verdict, judge
from bench.soak.watch import Watch, Window
from bench.storage import LOG, sizes_on
from bench.world import World

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
class SoakReport:
    """Everything that the run has found; bytes are those that one transfer has left, by table, and in the log."""

    wish: Wish
    machine: dict[str, str]
    server: dict[str, str]
    trials: Sequence[Trial]
    rate: float
    windows: Sequence[Window]
    bytes_left: Mapping[str, float]
    verdicts: Sequence[Verdict]

    @property
    def is_met(self) -> bool:
        """Whether nothing grew."""
        return all(verdict.is_met for verdict in self.verdicts)


def soak(world: World, wish: Wish, on_step: OnStep) -> SoakReport:
    """Run it on that server. Raises: NothingHoldsError, NotDrainedError, RoleEndedError."""
    machine, server = describe_machine(), describe_server(world)
    on_step(f"making {wish.accounts:,} customers", 0)
    with set_stage(world, accounts=wish.accounts, workers=wish.workers) as stage:
        rate, trials = wish.rate, list[Trial]()
        if rate is None:
            on_step("posting as fast as it goes", 0)
            trials = find_rate(stage, wish.trial_s, lambda tried: on_step(f"trying {tried:.0f} transfers a second", 0))
            rate = wish.load * trials[-1].rate
        on_step("waiting until nothing is owed", 0)
        drain(stage)
        world.calm()
        before = sizes_on(stage.connection)
        windows = _offer(stage, rate, wish, on_step)
        after = sizes_on(stage.connection)
    transfers = max(1, sum(window.transfers for window in windows))
    return SoakReport(
        wish=wish,
        machine=machine,
        server=server,
        trials=trials,
        rate=rate,
        windows=windows,
        bytes_left={name: (size - before.get(name, 0)) / transfers for name, size in after.items()},
        verdicts=judge(windows, rate=rate),
    )


def table_bytes(report: SoakReport) -> float:
    """Bytes of tables and indexes that one transfer has left, with everything that follows it."""
    return sum(size for name, size in report.bytes_left.items() if name != LOG)


def _offer(stage: Stage, rate: float, wish: Wish, on_step: OnStep) -> list[Window]:
    windows = []
    with stage.offer(rate) as client:
        watch = Watch(stage, client_pid=client.pid)
        for number in range(wish.windows):
            on_step(f"{rate:.0f} transfers a second", int(number > 0))
            windows.append(watch.window(client.run(wish.sample_s)))
    return windows
