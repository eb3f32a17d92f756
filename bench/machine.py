"""On what it was measured: without it no figure means anything."""

import os
import platform
from pathlib import Path
from typing import Final

import psycopg

from bench.world import World

_SETTINGS: Final = (
    "server_version",
    "fsync",
    "synchronous_commit",
    "full_page_writes",
    "wal_sync_method",
    "shared_buffers",
    "max_wal_size",
    "max_connections",
)
_CPU_INFO: Final = Path("/proc/cpuinfo")


def describe_machine() -> dict[str, str]:
    """Processor, memory, system and Python."""
    load = os.getloadavg()
    return {
        "processor": _processor(),
        "processors": str(os.cpu_count()),
        "memory": f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') >> 30} GiB",
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "psycopg": psycopg.__version__,
        "load": f"{load[0]:.1f} when it began",
    }


def describe_server(world: World) -> dict[str, str]:
    """The settings that decide how fast and how safe the server is."""
    with psycopg.connect(world.maintenance_url) as connection:
        rows = connection.execute(
            "SELECT name, current_setting(name) FROM pg_settings WHERE name = ANY (%s)", (list(_SETTINGS),)
        ).fetchall()
    return dict(rows)


def _processor() -> str:
    if _CPU_INFO.exists():
        for line in _CPU_INFO.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
