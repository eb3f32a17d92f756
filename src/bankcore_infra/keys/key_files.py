"""Secret files: the first process makes them once, and only their owner can read them."""

from pathlib import Path
from typing import Final

from bankcore_infra.whole_files import make_once

_PRIVATE: Final = 0o600
_PRIVATE_FOLDER: Final = 0o700
_FOR_OTHERS: Final = 0o077


class UnusableKeyError(Exception):
    """A file holds no usable key, or others than its owner may read or write it; the message names it."""


def read_or_make(path: Path, content: bytes) -> bytes:
    """The content of the file; a missing file is made with this content.

    Of several processes that start together one makes the file and all read the same.

    Raises:
        UnusableKeyError: others may read the file.
    """
    if not path.exists():
        path.parent.mkdir(mode=_PRIVATE_FOLDER, parents=True, exist_ok=True)
        make_once(path, content, mode=_PRIVATE)
    return read_private(path)


def read_private(path: Path) -> bytes:
    """What the file holds.

    Raises:
        UnusableKeyError: others may read the file.
    """
    if path.stat().st_mode & _FOR_OTHERS:
        raise UnusableKeyError(f"{path} must be readable by its owner alone (chmod 600)")
    return path.read_bytes()
