"""The long run: finds the load, offers it with all background work beside it, and watches what grows."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bench.machine import describe_machine, describe_server
from bench.ours import our_transfers
from bench.remote import RemoteSubject
from bench.runner import OnStep
from bench.soak.lag import LagReader
from bench.soak.stage import THREADS, Stage, set_stage
from bench.soak.verdicts import Verdict, judge
from bench.soak.watch import Watch, Window
from bench.world import World

LOG: Final = "write-ahead log"
# Bytes of each table with its indexes, and of everything that was ever written ahead.
_SIZES: Final = """
    SELECT c.relname, pg_total_relation_size(c.oid)
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relkind = 'r' AND n.nspname = 'bankcore'
    UNION ALL SELECT %s, (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::bigint
"""
_POLL_S: Final = 0.5
_DRAIN_TIMEOUT_S: Final = 600.0


class NotDrainedError(Exception):
    """The roles did not finish what they owe."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What to do, and for how long; without a rate, the share `load` of what callers reach is offered."""

    minutes: float
    sample_s: float
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
    reached: float | None
    """Transfers a second by callers who wait for nothing, before the run; None where a rate was given."""
    rate: float
    windows: Sequence[Window]
    bytes_left: Mapping[str, float]
    verdicts: Sequence[Verdict]

    @property
    def is_met(self) -> bool:
        """Whether nothing grew."""
        return all(verdict.is_met for verdict in self.verdicts)


def soak(world: World, wish: Wish, on_step: OnStep) -> SoakReport:
    """Run it on that server. Raises: NotDrainedError, RoleEndedError."""
    machine, server = describe_machine(), describe_server(world)
    on_step(f"making {wish.accounts:,} customers", 0)
    with set_stage(world, accounts=wish.accounts, workers=wish.workers) as stage:
        on_step("posting as fast as it goes", 0)
        reached = None if wish.rate is not None else _reached(stage, wish.sample_s)
        rate = wish.load * reached if reached is not None else wish.rate or 1.0
        on_step("waiting until nothing is owed", 0)
        _drain(stage)
        world.calm()
        before = _sizes(stage)
        windows = _offer(stage, rate, wish, on_step)
        after = _sizes(stage)
    transfers = max(1, sum(window.transfers for window in windows))
    return SoakReport(
        wish=wish,
        machine=machine,
        server=server,
        reached=reached,
        rate=rate,
        windows=windows,
        bytes_left={name: (size - before.get(name, 0)) / transfers for name, size in after.items()},
        verdicts=judge(windows, rate=rate),
    )


def table_bytes(report: SoakReport) -> float:
    """Bytes of tables and indexes that one transfer has left, with everything that follows it."""
    return sum(size for name, size in report.bytes_left.items() if name != LOG)


def _reached(stage: Stage, seconds: float) -> float:
    with RemoteSubject.start(our_transfers, stage.place, stage.ids, threads=THREADS) as callers:
        callers.run(seconds)
        return callers.run(seconds).per_second


def _sizes(stage: Stage) -> dict[str, int]:
    return dict(stage.connection.execute(_SIZES, (LOG,)).fetchall())


def _drain(stage: Stage) -> None:
    """Wait until the consumers have read and done everything, and the jobs of this night are over.

    A bank begins with the jobs of the night before. They would be in the way of a short run, which has no night.
    """
    lag, deadline = LagReader(stage.connection), time.monotonic() + _DRAIN_TIMEOUT_S
    while owed := lag.read().outbox + stage.count_jobs():
        stage.require_alive()
        if time.monotonic() > deadline:
            raise NotDrainedError(f"{owed} events and jobs are still owed after {_DRAIN_TIMEOUT_S:.0f} s")
        time.sleep(_POLL_S)


def _offer(stage: Stage, rate: float, wish: Wish, on_step: OnStep) -> list[Window]:
    windows = []
    with stage.offer(rate) as client:
        watch = Watch(stage, client_pid=client.pid)
        for number in range(wish.windows):
            on_step(f"{rate:.0f} transfers a second", int(number > 0))
            windows.append(watch.window(client.run(wish.sample_s)))
    return windows
