"""The folders and files that the embedded servers use."""

import hashlib
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from bankcore_infra.embedded.account import ServerAccount
from bankcore_infra.embedded.errors import EmbeddedServersError

# Both kinds of path must fit into the socket address: 108 bytes on Linux, 104 on macOS.
_SOCKET_PATH_LIMIT_BYTES = 100
_SOCKET_NAMES = (".s.PGSQL.5432", ".s.PGSQL.5432.lock", "valkey.sock")
_LONGEST_SOCKET_NAME = ".s.PGSQL.5432"


@dataclass(frozen=True, slots=True)
class DataDir:
    """One data folder: `root` is absolute and free of links, so that one folder has one name and one lock."""

    root: Path

    @classmethod
    def at(cls, path: Path) -> Self:
        """Return the folder, made if it is not there, for its owner alone."""
        root = path.expanduser().resolve()
        if not root.exists():
            root.parent.mkdir(parents=True, exist_ok=True)
            root.mkdir(mode=0o700, exist_ok=True)
        return cls(root)

    @staticmethod
    def has_bank(path: Path) -> bool:
        """Whether a database cluster is in that folder already; nothing is made."""
        return (path.expanduser() / "postgres" / "PG_VERSION").exists()

    @property
    def postgres(self) -> Path:
        """The database cluster."""
        return self.root / "postgres"

    @property
    def postgres_unfinished(self) -> Path:
        """A database cluster that is not ready yet."""
        return self.root / "postgres.tmp"

    @property
    def valkey(self) -> Path:
        """What Valkey keeps on disk."""
        return self.root / "valkey"

    @property
    def log(self) -> Path:
        """The servers' log files."""
        return self.root / "log"

    @property
    def sockets(self) -> Path:
        """The folder of the sockets: `run`, or one in the temporary folder where that path is not fit for sockets.

        Raises:
            EmbeddedServersError: The temporary folder's path cannot be one either.
        """
        inside = self.root / "run"
        if _fits(inside):
            return inside
        digest = hashlib.sha256(os.fsencode(self.root)).hexdigest()[:16]
        short = Path(tempfile.gettempdir()).resolve() / f"bankcore-{digest}"
        if not _fits(short):
            message = f"neither {self.root} nor the temporary folder {short.parent} has a path that is fit for sockets"
            raise EmbeddedServersError(message)
        return short

    @property
    def work_folders(self) -> tuple[Path, ...]:
        """The folders that a server process may work in."""
        return (self.postgres, self.postgres_unfinished, self.valkey)

    def prepare(self, account: ServerAccount) -> None:
        """Make the folders, for `account` alone, and clear what dead servers left in them.

        Raises:
            EmbeddedServersError: One of them belongs to somebody else.
        """
        self.log.mkdir(mode=0o700, exist_ok=True)
        for folder in (self.valkey, self.sockets):
            account.own(folder)
            account.allow_traversal(folder)
        for name in _SOCKET_NAMES:
            (self.sockets / name).unlink(missing_ok=True)

    def tidy(self) -> None:
        """Remove the folder of the sockets if it is not in the data folder, after the servers have ended."""
        if not self.sockets.is_relative_to(self.root):
            shutil.rmtree(self.sockets, ignore_errors=True)


def _fits(folder: Path) -> bool:
    # A comma separates hosts in a libpq address, and nothing quotes it there.
    return "," not in str(folder) and len(os.fsencode(folder / _LONGEST_SOCKET_NAME)) <= _SOCKET_PATH_LIMIT_BYTES
