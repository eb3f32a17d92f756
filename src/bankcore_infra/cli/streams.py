"""Standard input, output and error of a command, whatever the one who started it has made of them."""

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_MODES: Final = {"stdin": "r", "stdout": "w", "stderr": "w"}


def open_streams() -> None:
    """Have all three, and write what the terminal cannot show as an escape instead of failing.

    One that is closed leads nowhere from now on: else its number would be given to the next file or connection, and
    what is printed would be written there.
    """
    for number, (name, mode) in enumerate(_MODES.items()):
        if not _is_open(number):
            os.open(os.devnull, os.O_RDWR)
            setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115 - it stays
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


@contextmanager
def written_at_the_end() -> Iterator[None]:
    """See that what was printed has arrived, while a failure can still be told.

    Raises:
        OSError: it has not, as on a full disk or in a pipe that nobody reads.
    """
    try:
        yield
        sys.stdout.flush()
    except OSError:
        _give_up_output()
        raise


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True


def _give_up_output() -> None:
    """Let what cannot be written go nowhere, so that the end of the process does not fail on it once more."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
