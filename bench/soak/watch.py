"""Watches a running bank: memory of every process, lag, and how busy others keep the machine."""

import os
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import psutil
from redis import Redis

from bench.figures import Round, Sample
from bench.soak.lag import Lag, LagReader
from bench.soak.stage import Stage

_PLACES: Final = ("p50", "p95", "p99")


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A stretch of the run: what ended in it, and how things stood at its end, so many seconds after the beginning."""

    ended_s: float
    transfers: int
    failures: int
    latency_ms: Mapping[str, float]
    memory_bytes: Mapping[str, int]
    lag: Lag
    others_processors: float
    """How many processors were busy with something else."""


class Watch:
    """Sees one client, the roles beside it and the servers behind them; what runs on another machine has no memory."""

    def __init__(self, stage: Stage, *, client_pid: int) -> None:
        self._stage = stage
        self._client = psutil.Process(client_pid)
        self._redis = Redis.from_url(os.environ["BANKCORE_REDIS_URL"])
        self._lag = LagReader(stage.connection)
        self._others_s = self._busy_with_others_s()
        self._began = self._seen_at = time.perf_counter()

    def window(self, round_: Round) -> Window:
        """How things stand at the end of that round. Raises: RoleEndedError."""
        self._stage.require_alive()
        now, others_s = time.perf_counter(), self._busy_with_others_s()
        others = max(0.0, others_s - self._others_s) / (now - self._seen_at)
        self._seen_at, self._others_s = now, others_s
        return Window(
            ended_s=now - self._began,
            transfers=round_.operations,
            failures=len(round_.latencies_ms) - round_.operations,
            latency_ms=latency_of(round_),
            memory_bytes=self._memory(),
            lag=self._lag.read(),
            others_processors=others,
        )

    def _processes(self) -> dict[str, Sequence[psutil.Process]]:
        roles = [psutil.Process(role.pid) for role in self._stage.roles if role.pid is not None]
        found: dict[str, Sequence[psutil.Process]] = {"client": [self._client], "scheduler and workers": roles}
        info = self._stage.connection.info
        # On another machine the number would be no process here, or somebody else's.
        if info.host.startswith("/") and (server := psutil.Process(info.backend_pid).parent()) is not None:
            found["PostgreSQL"] = [server, *server.children()]
        return found

    def _memory(self) -> dict[str, int]:
        """Memory of their own; what PostgreSQL's processes share is set once and for all."""
        found = {name: sum(map(_own_bytes, processes)) for name, processes in self._processes().items()}
        return found | {"Valkey": int(self._redis.info("memory")["used_memory_rss"])}

    def _busy_with_others_s(self) -> float:
        machine = psutil.cpu_times()
        ours = sum(_used_s(process) for processes in self._processes().values() for process in processes)
        return float(machine.user + machine.system) - ours


def latency_of(round_: Round) -> dict[str, float]:
    """Percentiles of the round's calls. Where none ended, all that were due waited for at least as long as it took."""
    return Sample((round_,)).latency_ms or dict.fromkeys(_PLACES, round_.elapsed_s * 1_000)


def _own_bytes(process: psutil.Process) -> int:
    with suppress(psutil.Error):
        return int(process.memory_full_info().uss)
    return 0


def _used_s(process: psutil.Process) -> float:
    with suppress(psutil.Error):
        times = process.cpu_times()
        return float(times.user + times.system)
    return 0.0
