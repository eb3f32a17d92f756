"""Which system user the servers run as, and how that user gets at their files."""

import os
import pwd
import shutil
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from bankcore_infra.embedded.errors import EmbeddedServersError
from bankcore_infra.log_messages import logger_of

_LOG: Final = logger_of("embedded")

_PREFERRED_NAME = "postgres"
_OWN_NAME = "bankcore-db"
_SAMPLES = ("*.so*", "bin", "bin/*", "lib", "lib/postgresql/*", "share/postgresql/*")


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerAccount:
    """The user and group that own the servers' files and processes."""

    name: str
    uid: int
    gid: int

    @classmethod
    def choose(cls, cluster: Path) -> Self:
        """Return the present user, or for root an unprivileged one, because PostgreSQL refuses to run as root.

        A cluster that exists keeps its owner, so that one start as root does not lock out the user it belongs to.

        Raises:
            EmbeddedServersError: We are root, and there is no such user and no way to make one.
        """
        if os.geteuid() != 0:
            return cls(name=str(os.geteuid()), uid=os.geteuid(), gid=os.getegid())
        if cluster.is_dir() and (owner := cluster.stat()).st_uid != 0:
            return cls(name=str(owner.st_uid), uid=owner.st_uid, gid=owner.st_gid)
        record = _find_user(_PREFERRED_NAME) or _find_user(_OWN_NAME) or _make_user()
        return cls(name=record.pw_name, uid=record.pw_uid, gid=record.pw_gid)

    @property
    def differs(self) -> bool:
        """Whether a process has to change its user to become this account."""
        return self.uid != os.geteuid()

    def own(self, folder: Path) -> None:
        """Make a folder that only this account can enter.

        Raises:
            EmbeddedServersError: Something else is there, or it belongs to somebody else.
        """
        folder.mkdir(mode=0o700, exist_ok=True)
        status = folder.lstat()
        # In a shared temporary folder somebody else could have put a folder or a link there first.
        if not stat.S_ISDIR(status.st_mode) or status.st_uid not in {self.uid, os.geteuid()}:
            message = f"{folder} is not a folder of user {self.name}; remove it, or run as the user that owns it"
            raise EmbeddedServersError(message)
        if status.st_uid != self.uid:
            _give(folder, self)
        folder.chmod(0o700)

    def allow_traversal(self, path: Path) -> None:
        """Let this account pass through every folder above `path`, without letting it list them."""
        if self.differs:
            for folder in reversed(path.parents):
                self._grant(folder, stat.S_IXOTH)

    def allow_reading(self, tree: Path) -> None:
        """Let this account read and run an installed program: a file, or a folder with all its files."""
        if not self.differs or self._can_use(tree):
            return
        _LOG.warning("system user %s could not read %s: it was given the right to", self.name, tree)
        for path in (tree, *tree.rglob("*")):
            if not path.is_symlink():
                mode = path.stat().st_mode
                path.chmod(mode | stat.S_IROTH | (stat.S_IXOTH if mode & 0o111 else 0))

    def _can_use(self, tree: Path) -> bool:
        samples = [tree, *(path for pattern in _SAMPLES for path in tree.glob(pattern))]
        return all(self._has(path.stat(), stat.S_IROTH) for path in samples)

    def _grant(self, folder: Path, bit: int) -> None:
        status = folder.stat()
        if not self._has(status, bit):
            folder.chmod(stat.S_IMODE(status.st_mode) | bit << self._class_of(status))
            _LOG.warning(
                "system user %s could not pass through %s: it was given the right to, but not to list it",
                self.name,
                folder,
            )

    def _has(self, status: os.stat_result, bit: int) -> bool:
        return bool(status.st_mode & bit << self._class_of(status))

    def _class_of(self, status: os.stat_result) -> int:
        """Return how far left the permission bits stand that the kernel looks at for this account."""
        if status.st_uid == self.uid:
            return 6
        return 3 if status.st_gid == self.gid else 0


def _give(folder: Path, account: ServerAccount) -> None:
    for path in (folder, *folder.rglob("*")):
        os.chown(path, account.uid, account.gid, follow_symlinks=False)


def _find_user(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


def _make_user() -> pwd.struct_passwd:
    program = shutil.which("useradd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if program is not None:
        _LOG.warning("system user %s is made: PostgreSQL refuses to run as root", _OWN_NAME)
        command = [program, "--system", "--no-create-home", "--user-group", "--shell", "/usr/sbin/nologin", _OWN_NAME]
        subprocess.run(command, check=False, capture_output=True, timeout=30)
    record = _find_user(_OWN_NAME)
    if record is None:
        message = "PostgreSQL refuses to run as root, and no user could be made for it: run as an ordinary user"
        raise EmbeddedServersError(message)
    return record
