"""What happens to a bank that takes payments, and to the providers behind it: processes die, hang and forget."""

import os
import random
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import psutil
from redis import Redis

from tests.worlds.paying_bank import PayingBank
from tests.worlds.simulator_program import SimulatorProgram

EVERY_SHOCK: Final = ("simulator", "api process", "worker", "api", "scheduler", "flush", "hang")
HANG_S: Final = 33.0
"""Longer than a provider is waited for: then it charges those who were given up."""
HANGS_MAX: Final = 3
_DEAD_S: Final = 0.2


@dataclass
class Shocks:
    """Who is killed, in turn or by chance, and how often it was."""

    bank: PayingBank
    simulator: SimulatorProgram
    kinds: Sequence[str]
    dice: random.Random | None
    done: dict[str, int] = field(default_factory=dict)

    def next(self, number: int) -> None:
        """The shock of that number."""
        kind = self.kinds[number % len(self.kinds)] if self.dice is None else self.dice.choice(self.kinds)
        if kind == "hang" and self.done.get(kind, 0) == HANGS_MAX:
            kind = "simulator"
        self.done[kind] = self.done.get(kind, 0) + 1
        pids = self.bank.running.description()["pids"]
        match kind:
            case "simulator":
                self.simulator.kill()
                time.sleep(_DEAD_S)
                self.simulator.start()
                # Circuits would keep payments off for 30 seconds; that Valkey forgets them is a shock, too.
                self._flush()
            case "hang":
                self.simulator.hang(HANG_S)
                self._flush()
            case "flush":
                self._flush()
            case "api process":
                for pid in pids["api"]:
                    _kill((psutil.Process(pid).children() or [psutil.Process(pid)])[0].pid)
            case role:
                for pid in pids[role]:
                    _kill(pid)

    def _flush(self) -> None:
        with Redis.from_url(self.bank.running.description()["redisUrl"]) as client:
            client.flushall()


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
