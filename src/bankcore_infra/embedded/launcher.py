"""Becomes a server program: gives up root, asks for a signal at the starter's death, and replaces itself.

Run as a script in a Python of its own. The usual hook between fork and exec runs Python code in a copy of a process
that may have threads, which can deadlock; and the parent-death signal has to be asked for after the change of user,
which clears it.
"""

import ctypes
import os
import sys

_PR_SET_PDEATHSIG = 1
_PROGRAM_AT = 5


def main(arguments: list[str]) -> None:
    """Run `launcher.py STARTER_PID DEATH_SIGNAL UID GID PROGRAM ARGUMENT...`; a signal or uid of 0 means none."""
    starter, death_signal, uid, gid = (int(argument) for argument in arguments[1:_PROGRAM_AT])
    command = arguments[_PROGRAM_AT:]
    os.umask(0o077)
    if uid:
        os.setgroups([gid])
        os.setgid(gid)
        os.setuid(uid)
    if death_signal and sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
        if os.getppid() != starter:
            # The starter died before the request was in place, so no signal will ever come.
            sys.exit(1)
    os.execv(command[0], command)  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    main(sys.argv)
