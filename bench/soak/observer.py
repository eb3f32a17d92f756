"""Watches a running bank: memory of every process, lag, and what has been written."""

import os
import time
from collections.abc import Mapping

from redis import Redis

from bench.figures import Round
from bench.soak.lag import LagReader
from bench.soak.memory import family_of, memory_of
from bench.soak.processors import OthersAtWork
from bench.soak.stage import Stage
from bench.soak.windows import Window, latency_of
from bench.storage import sizes_on


class Observer:
    """Sees one client, the roles beside it and the servers behind them; what runs on another machine has no memory."""

    def __init__(self, stage: Stage, *, client_pid: int) -> None:
        """From now on."""
        self._sql = stage.connection
        self._client_pid = client_pid
        self._roles = stage.roles
        self._redis = Redis.from_url(os.environ["BANKCORE_REDIS_URL"])
        self._lag = LagReader(stage.connection)
        self._others = OthersAtWork(self._pids())
        self._began = self._seen_at = time.perf_counter()

    def window(self, round_: Round) -> Window:
        """How things stand at the end of that round."""
        self._roles.require_alive()
        now = time.perf_counter()
        others = self._others.look(self._pids(), now - self._seen_at)
        self._seen_at = now
        table_bytes, log_bytes = sizes_on(self._sql)
        return Window(
            ended_s=now - self._began,
            transfers=round_.operations,
            failures=len(round_.latencies_ms) - round_.operations,
            latency_ms=latency_of(round_),
            memory_bytes=self._memory(),
            lag=self._lag.read(),
            table_bytes=table_bytes,
            log_bytes=log_bytes,
            others_processors=others,
        )

    def _pids(self) -> list[int]:
        return [self._client_pid, *self._roles.pids, *self._server_pids()]

    def _server_pids(self) -> list[int]:
        # On another machine the number would be nobody's here, or somebody else's.
        return family_of(self._sql.info.backend_pid) if self._sql.info.host.startswith("/") else []

    def _memory(self) -> Mapping[str, int]:
        found: dict[str, int] = {}
        for name, pids in (("client", [self._client_pid]), ("scheduler and workers", self._roles.pids)):
            if memory := memory_of(pids):
                found[name] = memory.own
        if memory := memory_of(self._server_pids()):
            found |= {"PostgreSQL": memory.own, "PostgreSQL, shared": memory.shared}
        return found | {"Valkey": int(self._redis.info("memory")["used_memory_rss"])}
