"""Memory of processes on this machine, as Linux accounts for it."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_PROC: Final = Path("/proc")
_KIB: Final = 1_024


@dataclass(frozen=True, slots=True)
class Memory:
    """What processes hold in bytes: of their own, with their share of what they map together, and of shared memory."""

    own: int
    shared: int


def memory_of(pids: Iterable[int]) -> Memory | None:
    """The memory of these processes together; None where it cannot be read, as on another system or machine."""
    own = shared = 0
    is_known = False
    for pid in pids:
        try:
            lines = (_PROC / str(pid) / "smaps_rollup").read_text(encoding="ascii").splitlines()[1:]
        except OSError:
            # It has ended meanwhile, or is not ours to read.
            continue
        kib = {name: int(rest.split()[0]) for name, _, rest in (line.partition(":") for line in lines)}
        own += (kib["Pss"] - kib["Pss_Shmem"]) * _KIB
        shared += kib["Pss_Shmem"] * _KIB
        is_known = True
    return Memory(own, shared) if is_known else None


def family_of(pid: int) -> list[int]:
    """The parent of that process and all its children, such as the processes of one PostgreSQL."""
    parents = {int(each.name): _parent_of(each) for each in _PROC.glob("[0-9]*")}
    parent = parents.get(pid)
    return [] if parent is None else [parent, *(child for child, of in parents.items() if of == parent)]


def _parent_of(process: Path) -> int | None:
    try:
        # The name of the program stands in brackets, and may hold anything.
        return int((process / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[1])
    except OSError:
        return None
