"""Whose the processors were: without knowing who else was at work, slow calls cannot be blamed on anybody."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

_PROC: Final = Path("/proc")
_TICKS: Final = os.sysconf("SC_CLK_TCK")
_IDLE: Final = (3, 4)
"""Where the machine's line has the time that nobody used: idle, and idle while a disk works."""
_OWN: Final = slice(11, 13)
"""Where a process has its time, counted after the name: in user space, and in the kernel."""
_MACHINE: Final = slice(0, 8)
"""Guests' time, which follows, is part of the user's already."""


def busy_s() -> float:
    """Seconds of processor time that this machine has spent since it started; 0 where that is not told."""
    try:
        first = (_PROC / "stat").read_text(encoding="ascii").splitlines()[0]
    except OSError:
        return 0.0
    ticks = [int(word) for word in first.split()[1:]][_MACHINE]
    return (sum(ticks) - sum(ticks[place] for place in _IDLE)) / _TICKS


def used_s(pids: Iterable[int]) -> dict[int, float]:
    """Seconds of processor time of each of these processes, as far as they are still there."""
    found: dict[int, float] = {}
    for pid in pids:
        try:
            text = (_PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        found[pid] = sum(map(int, text.rpartition(")")[2].split()[_OWN])) / _TICKS
    return found


class OthersAtWork:
    """How many processors others keep busy, from one look to the next."""

    def __init__(self, pids: Iterable[int]) -> None:
        """Everybody is another but these processes."""
        self._busy_s, self._used_s = busy_s(), used_s(pids)

    def look(self, pids: Iterable[int], elapsed_s: float) -> float:
        """How many processors were busy with something else since the last look, that long ago."""
        busy, used = busy_s(), used_s(pids)
        ours_s = sum(seconds - self._used_s.get(pid, 0.0) for pid, seconds in used.items())
        others_s = busy - self._busy_s - ours_s
        self._busy_s, self._used_s = busy, used
        return max(0.0, others_s / elapsed_s)
