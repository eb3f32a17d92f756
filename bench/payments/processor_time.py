"""How much of the processors each process took: ours, the server's, and the simulator's."""

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psycopg

_TICKS: Final = os.sysconf("SC_CLK_TCK")
_PARENT, _USER, _SYSTEM = 1, 11, 12


@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds of processor time so far."""

    client: float
    server: float
    simulator: float

    def since(self, before: "Spent", operations: int) -> dict[str, float]:
        """Milliseconds for each operation."""
        pairs = {
            "client": self.client - before.client,
            "postgresql": self.server - before.server,
            "simulator": self.simulator - before.simulator,
        }
        return {name: round(seconds * 1_000 / max(operations, 1), 2) for name, seconds in pairs.items()}


class ProcessorTime:
    """Reads it from /proc; a server on another machine takes none here."""

    def __init__(self, superuser_url: str, simulator_pid: int) -> None:
        self._simulator = simulator_pid
        with psycopg.connect(superuser_url) as connection:
            self._postmaster = _fields(connection.info.backend_pid)[_PARENT : _PARENT + 1]

    def now(self) -> Spent:
        """What was spent until now."""
        running = [_fields(int(entry.name)) for entry in Path("/proc").glob("[0-9]*")]
        server = sum(_seconds(each) for each in running if each[_PARENT : _PARENT + 1] == self._postmaster != [])
        return Spent(time.process_time(), server, _seconds(_fields(self._simulator)))


def _fields(pid: int) -> list[str]:
    """What stands behind the name of the process; nothing, if it is not there."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(") ")[2].split()
    except OSError:
        return []


def _seconds(fields: list[str]) -> float:
    return (int(fields[_USER]) + int(fields[_SYSTEM])) / _TICKS if fields else 0.0
