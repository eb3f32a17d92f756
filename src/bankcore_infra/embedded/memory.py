"""How much of the machine's memory the embedded PostgreSQL may keep pages in."""

import os
from pathlib import Path
from typing import Final

_CONTAINER_LIMIT: Final = Path("/sys/fs/cgroup/memory.max")
_MIB: Final = 2**20
_SHARE: Final = 8
_MIN_MIB, _MAX_MIB = 128, 1024


def available_memory(container_limit: Path = _CONTAINER_LIMIT) -> int:
    """Bytes of memory that this machine has, or that its container may use."""
    physical = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    try:
        return min(physical, int(container_limit.read_text(encoding="ascii")))
    except (OSError, ValueError):
        return physical


def shared_buffers(memory: int) -> str:
    """PostgreSQL's setting for that many bytes: an eighth, 128 MiB to 1 GiB, of which it takes what it uses.

    With a million accounts, each transfer changes some ten pages that were not changed just before; pages that do not
    stay in these buffers are written out and read again for each of them.
    """
    return f"{min(max(memory // _SHARE // _MIB, _MIN_MIB), _MAX_MIB)}MB"
