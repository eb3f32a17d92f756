"""Servers that outlived the process that started them: found by the folder they work in, and stopped."""

import os
import signal
import subprocess
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bankcore_infra.embedded.errors import EmbeddedServersError
from bankcore_infra.embedded.process import POLL_INTERVAL_S
from bankcore_infra.log_messages import logger_of

_LOG: Final = logger_of("embedded")

_STOP_SIGNALS = {"postgres": signal.SIGINT, "valkey-server": signal.SIGTERM, "initdb": signal.SIGTERM}
_ORDERLY_S = 30.0
_QUICK_S = 5.0
_PROC = Path("/proc")


@dataclass(frozen=True, slots=True, kw_only=True)
class Leftover:
    """A server process that works in one of our folders. We started the leaders; a leader started the others."""

    pid: int
    program: str
    is_leader: bool


def find_leftovers(folders: Collection[Path], uids: Collection[int]) -> list[Leftover]:
    """Return the server processes of these users that work in these folders.

    They are looked for by folder and not through pid files, which may be missing, stale, or name a number that now
    belongs to an innocent process.
    """
    names = {str(folder) for folder in folders}
    scan = _scan_proc(uids) if (_PROC / "self" / "cwd").exists() else _scan_ps(uids)
    return [
        Leftover(pid=pid, program=program, is_leader=not names.isdisjoint(arguments))
        for pid, program, arguments, work_folder in scan
        if program in _STOP_SIGNALS and (work_folder in names or not names.isdisjoint(arguments))
    ]


def stop_leftovers(folders: Collection[Path], uids: Collection[int]) -> None:
    """Stop them in an orderly way if that works in time, else at once; the caller holds the folders' lock.

    Raises:
        EmbeddedServersError: One of them cannot be ended.
    """
    found = find_leftovers(folders, uids)
    if not found:
        return
    _LOG.warning("servers left behind by an earlier run are stopped: %s", [leftover.pid for leftover in found])
    leaders = [leftover for leftover in found if leftover.is_leader]
    # Only the leader may be asked: the same signal means something else to the processes that it started.
    for leftover in leaders:
        _send(leftover, _STOP_SIGNALS[leftover.program])
    if leaders and _are_gone(folders, uids, within_s=_ORDERLY_S):
        return
    for number in (signal.SIGQUIT, signal.SIGKILL):
        for leftover in find_leftovers(folders, uids):
            _send(leftover, number)
        if _are_gone(folders, uids, within_s=_QUICK_S):
            return
    message = f"servers of an earlier run do not end: {[leftover.pid for leftover in find_leftovers(folders, uids)]}"
    raise EmbeddedServersError(message)


def _are_gone(folders: Collection[Path], uids: Collection[int], *, within_s: float) -> bool:
    deadline = time.monotonic() + within_s
    while remaining := find_leftovers(folders, uids):
        if time.monotonic() > deadline:
            break
        time.sleep(POLL_INTERVAL_S * 2)
    return not remaining


def _send(leftover: Leftover, number: signal.Signals) -> None:
    try:
        os.kill(leftover.pid, number)
    except ProcessLookupError:
        return


def _scan_proc(uids: Collection[int]) -> Iterator[tuple[int, str, list[str], str]]:
    for folder in _PROC.iterdir():
        try:
            if not folder.name.isdigit() or folder.stat().st_uid not in uids:
                continue
            program = (folder / "comm").read_text(encoding="utf-8", errors="replace").strip()
            if program in _STOP_SIGNALS:
                arguments = os.fsdecode((folder / "cmdline").read_bytes()).split("\0")
                yield int(folder.name), program, arguments, str((folder / "cwd").readlink())
        except OSError:
            # It ended meanwhile, or it is a zombie, which has no folder to work in and does no harm.
            continue


def _scan_ps(uids: Collection[int]) -> Iterator[tuple[int, str, list[str], str]]:
    command = ["/bin/ps", "-axww", "-o", "pid=,uid=,command="]
    listing = subprocess.run(command, check=True, capture_output=True, text=True, timeout=10)
    for line in listing.stdout.splitlines():
        pid, uid, *words = line.split()
        if words and int(uid) in uids:
            yield int(pid), words[0].rpartition("/")[2], words[1:], ""
