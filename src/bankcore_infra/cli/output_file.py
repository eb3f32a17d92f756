"""Files that a command is told to write."""

import stat
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from bankcore_infra.whole_files import replace_whole

_DEVICES: Final = "/dev/"


def write_whole(path: Path, parts: Iterable[bytes]) -> None:
    """Write the file; an existing one is replaced by a whole one only.

    A device or a pipe is written to and stays what it is; a link stays, and leads to the new file.

    Raises:
        OSError: it cannot be written; it names the path.
    """
    try:
        if _is_replaceable(path):
            replace_whole(path.resolve(), parts)
        else:
            with path.open("wb") as file:
                file.writelines(parts)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error


def _is_replaceable(path: Path) -> bool:
    # A path such as /dev/stdout leads to an open file, which is not ours to replace.
    if path.absolute().is_relative_to(_DEVICES):
        return False
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except FileNotFoundError:
        return True
