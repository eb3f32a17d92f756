"""Standard input, output and error of a command, also if its starter closed or redirected them."""

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_MODES: Final = {"stdin": "r", "stdout": "w", "stderr": "w"}


def open_streams() -> None:
    """Open those that are closed, and write characters that the terminal cannot show as escapes.

    A closed one leads to the null device from now on: else the next file or connection would get its number, and output
    would be written there.
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
    """Flush the output at the end, while a failure can still be reported.

    Raises:
        OSError: output was lost, as on a full disk or in a pipe without a reader.
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
    """Drop output that cannot be written, so that the end of the process does not fail on it again."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
