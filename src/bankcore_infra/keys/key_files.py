"""Secret files: made once, by whoever comes first, readable by their owner alone."""

import os
import secrets
from pathlib import Path
from typing import Final

_PRIVATE: Final = 0o600
_PRIVATE_FOLDER: Final = 0o700
_FOR_OTHERS: Final = 0o077


class ExposedKeyError(Exception):
    """A secret file that others than its owner may read or write; the message names it."""


def read_or_make(path: Path, content: bytes) -> bytes:
    """What the file holds; if there is none, it is made with this content.

    Of several processes that start together one makes the file and all read the same.

    Raises:
        ExposedKeyError: others may read the file.
    """
    if not path.exists():
        path.parent.mkdir(mode=_PRIVATE_FOLDER, parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        _write(draft, content)
        try:
            # A link appears whole or not at all, and never takes the place of a file that is there.
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return read_private(path)


def read_private(path: Path) -> bytes:
    """What the file holds.

    Raises:
        ExposedKeyError: others may read the file.
    """
    if path.stat().st_mode & _FOR_OTHERS:
        raise ExposedKeyError(f"{path} must be readable by its owner alone (chmod 600)")
    return path.read_bytes()


def _write(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
