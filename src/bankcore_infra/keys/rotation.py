"""Rotates a ring of signing keys: a new key is known everywhere before it signs, and an old one goes when nothing that
it signed is good any more.
"""

import os
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from bankcore_infra.keys.key_files import UnusableKeyError, read_or_make
from bankcore_infra.keys.signing_keys import SigningKeys, key_paths, new_signing_key, next_key_path


class TooEarlyError(Exception):
    """The older keys have signed what is still good; the message says how long."""


def rotate(folder: Path, purpose: str, wait: Callable[[], object]) -> str:
    """Make a key that all verify with, wait until all know it, and let it sign. Returns its name.

    A rotation that was stopped goes on with the key that it made.

    Raises:
        UnusableKeyError: a file is not what its name says, or others than its owner may read it.
    """
    SigningKeys.open(folder, purpose)
    coming = next_key_path(folder, purpose)
    read_or_make(coming, new_signing_key())
    wait()
    number = 1 + max(_number_of(path) for path in key_paths(folder, purpose))
    try:
        # From now on counts how long the older keys are needed.
        os.utime(coming)
        coming.rename(folder / f"{purpose}-{number:04}.pem")
    except FileNotFoundError:
        raise UnusableKeyError(f"{coming} is gone: somebody else has ended this rotation") from None
    return SigningKeys.open(folder, purpose).signing_kid


def retire(folder: Path, purpose: str, *, signed_for: timedelta) -> list[str]:
    """Remove all keys but the newest, which has signed for that long. Returns the names of the files.

    Raises:
        TooEarlyError: the newest signs since a shorter time.
        UnusableKeyError: a file is not what its name says, or others than its owner may read it.
    """
    SigningKeys.open(folder, purpose)
    (*older, newest) = key_paths(folder, purpose)
    left_s = signed_for.total_seconds() - (time.time() - newest.stat().st_mtime)  # noqa: TID251 - as files have it
    if older and left_s > 0:
        raise TooEarlyError(f"what the older keys have signed is good for another {left_s:.0f} s")
    for path in older:
        path.unlink()
    return [path.name for path in older]


def _number_of(path: Path) -> int:
    number = path.stem.rpartition("-")[2]
    if not number.isdecimal():
        raise UnusableKeyError(f"{path} has no number, so that its successor has no name")
    return int(number)
