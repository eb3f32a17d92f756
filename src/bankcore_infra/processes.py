"""How the processes of one program begin and end."""

import ctypes
import gc
import multiprocessing
import os
import resource
import select
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.util import Finalize
from threading import Event, Thread
from typing import Final
from weakref import WeakMethod

STARTER_VARIABLE: Final = "BANKCORE_STARTER_PID"
"""Set for the roles that `bankcore up` starts: they get every setting from it, and read no file themselves."""
_PR_SET_PDEATHSIG = 1
_OPEN_FILES_MAX = 65_536


def end_at_once_when_told() -> None:
    """Let SIGTERM and SIGINT end this process until its server takes them over.

    A worker that is still loading inherits the handlers of the server it was forked from; a signal that met those would
    be lost, and the worker would have to be killed.
    """
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def keep_what_is_loaded() -> None:
    """Tell the garbage collector that all there is now stays for as long as this process does.

    A process with framework and drivers has some 100,000 objects, and each full collection looks at all of them: for a
    batch of 1,000 transfers that was a quarter of the client's time (measured, docs/performance.md).
    """
    gc.collect()
    gc.freeze()


def collect_seldom() -> None:
    """Tell the garbage collector that much is made at once and soon let go: a page of events is 30,000 objects.

    As it is by default, it looks at them forty times for each page, which is a sixth of a worker's time (measured).
    """
    gc.set_threshold(50_000)


def at_the_end(function: Callable[[], None]) -> None:
    """Call the function when this process ends in an orderly way.

    `atexit` alone does not reach processes that multiprocessing has forked, such as the workers of the server.
    """
    Finalize(None, function, exitpriority=0)


def renew_in_children(renew: Callable[[], None]) -> None:
    """Call that method of an object in every process that is forked from this one, for as long as the object lives.

    A child has none of our threads, shares our connections, and finds each lock as it was at that moment.
    """
    method = WeakMethod(renew)

    def renew_now() -> None:
        if (alive := method()) is not None:
            alive()

    os.register_at_fork(after_in_child=renew_now)


def die_with_server(within_s: float) -> None:
    """End this worker of a server when the server dies: in an orderly way, and after that time in any.

    Nobody is left then to kill a worker that does not hear the signal, as one whose main thread never comes back from
    a library.
    """
    server = multiprocessing.parent_process()
    # Of a worker that was forked by other means, its parent may be another one already.
    pid = os.getppid() if server is None or server.pid is None else server.pid
    die_with_parent(pid)
    if sys.platform == "linux":
        Thread(target=_kill_after, args=(pid, within_s), name="server watch", daemon=True).start()


def _kill_after(server_pid: int, within_s: float) -> None:
    """Kill this process, that long after the other one has ended."""
    # One that is not there any more has ended too.
    with suppress(ProcessLookupError):
        ended = select.poll()
        ended.register(os.pidfd_open(server_pid), select.POLLIN)
        ended.poll()
    Event().wait(within_s)
    os.kill(os.getpid(), signal.SIGKILL)


def die_with_parent(parent_pid: int) -> None:
    """Ask the kernel to end this process in an orderly way when its parent dies, even by kill -9; only Linux can."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != parent_pid:
        # It died before we asked.
        sys.exit(1)


def open_files_limit() -> int:
    """How many files this process and its children may have open, after asking for as many as the system lets it."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    asked = min(most, _OPEN_FILES_MAX) if most >= 0 else _OPEN_FILES_MAX
    resource.setrlimit(resource.RLIMIT_NOFILE, (asked, most))
    return asked
