"""Exclusive use of a data folder, for as long as a process lives."""

import fcntl
import json
import os
import weakref
from pathlib import Path
from typing import Self

from bankcore_infra.embedded.errors import DataDirInUseError

_LOCK_NAME = "bankcore.lock"


class DataDirLock:
    """An advisory lock on `bankcore.lock`; the kernel lets go of it when its holder dies, however it dies."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor: int | None = descriptor
        # A forked child shares the lock and could outlive us, so it drops its copy; that does not unlock ours.
        # A started program never gets one: Python opens files close-on-exec.
        reference = weakref.ref(self)
        os.register_at_fork(after_in_child=lambda: _forget(reference))

    @classmethod
    def acquire(cls, data_dir: Path) -> Self:
        """Lock the folder for this process.

        Raises:
            DataDirInUseError: Another live process, or this one, holds it already.
            OSError: The lock file cannot be opened.
        """
        descriptor = os.open(data_dir / _LOCK_NAME, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        except BlockingIOError:
            holder = os.pread(descriptor, 32, 0).decode("ascii", "replace").strip()
            os.close(descriptor)
            raise DataDirInUseError(_in_use(data_dir, holder)) from None
        except BaseException:
            os.close(descriptor)
            raise
        return cls(descriptor)

    def release(self) -> None:
        """Let go; doing so twice is fine. The file stays, because removing it would race with the next holder."""
        if self._descriptor is not None:
            os.ftruncate(self._descriptor, 0)
            os.close(self._descriptor)
            self._descriptor = None

    def forget(self) -> None:
        """Close this process's copy and leave the lock to the process that took it."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def _forget(reference: weakref.ref[DataDirLock]) -> None:
    lock = reference()
    if lock is not None:
        lock.forget()


def _in_use(data_dir: Path, holder: str) -> str:
    who = f"process {holder}" if holder else "another process"
    url = _url_of(data_dir, holder)
    return f"the data folder {data_dir} is in use by {who}" + (f", which serves {url}" if url else "")


def _url_of(data_dir: Path, holder: str) -> str | None:
    """Return the address in `bankcore.json`, unless the file was left behind by an earlier process."""
    try:
        description = json.loads((data_dir / "bankcore.json").read_text(encoding="utf-8"))
        url, writer = description["url"], description["pids"]["up"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return str(url) if str(writer) == holder else None
