"""How the processes of one program end together."""

import ctypes
import os
import signal
import sys
from collections.abc import Callable
from multiprocessing.util import Finalize

_PR_SET_PDEATHSIG = 1


def end_at_once_when_told() -> None:
    """Let SIGTERM and SIGINT end this process until its server takes them over.

    A worker that is still loading inherits the handlers of the server it was forked from; a signal that met those would
    be lost, and the worker would have to be killed.
    """
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def at_the_end(function: Callable[[], None]) -> None:
    """Call the function when this process ends in an orderly way.

    `atexit` alone does not reach processes that multiprocessing has forked, such as the workers of the server.
    """
    Finalize(None, function, exitpriority=0)


def die_with_parent(parent_pid: int) -> None:
    """Ask the kernel to end this process in an orderly way when its parent dies, even by kill -9; only Linux can."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != parent_pid:
        # It died before we asked.
        sys.exit(1)
