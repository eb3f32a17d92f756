"""The embedded PostgreSQL: the books, on a private socket, with every durability setting on."""

import os
import shutil
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from bankcore_infra.embedded.account import ServerAccount
from bankcore_infra.embedded.binaries import find_bundled_libraries, find_postgres
from bankcore_infra.embedded.errors import EmbeddedServersError
from bankcore_infra.embedded.memory import available_memory, shared_buffers
from bankcore_infra.embedded.process import ServerProcess

PORT = 5432
DURABILITY_SETTINGS = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
_SETTINGS = {
    **DURABILITY_SETTINGS,
    "listen_addresses": "",
    "port": str(PORT),
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    # After a checkpoint the first change of a page is logged with the whole page; fewer of them make less of that. The
    # size of the log, and with it the time to recover, stays bounded by its own setting.
    "checkpoint_timeout": "15min",
    "max_wal_size": "2GB",
    "wal_buffers": "16MB",
    # A batch takes one advisory lock for each idempotency key.
    "max_locks_per_transaction": "256",
    "max_prepared_transactions": "0",
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_destination": "stderr",
    "logging_collector": "off",
    "log_line_prefix": "%m [%p] %q%u@%d %e ",
    # Personal data stays out of the log: no statements, no parameters, and no details, which quote the rows at fault.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_statement": "none",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
}
# The built-in provider sorts and folds alike on every machine; before version 17 only plain C did.
_LOCALE_OPTIONS = {
    16: ("--locale=C",),
    18: ("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
}
_INITDB_TIMEOUT_S = 120.0
_ORDERLY_S = 30.0
_QUICK_S = 5.0
_PID_LINE, _STATUS_LINE = 0, 7


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresCluster:
    """A database cluster on disk and what is needed to run it."""

    version: int
    folder: Path
    sockets: Path
    log: Path
    account: ServerAccount

    def launch(self, settings: Mapping[str, str]) -> "PostgresServer":
        """Start the server on an existing cluster, with `settings` over the usual ones, and return at once.

        Raises:
            EmbeddedServersError: The cluster belongs to another major version or the programs are missing.
        """
        self._require_version()
        self.account.own(self.folder)
        self._remove_misleading_pid_file()
        quoted_sockets = str(self.sockets).replace('"', '""')
        memory = {"shared_buffers": shared_buffers(available_memory())}
        every = {**_SETTINGS, **memory, "unix_socket_directories": f'"{quoted_sockets}"', **settings}
        options = [word for name, value in every.items() for word in ("-c", f"{name}={value}")]
        command = [str(self._programs() / "postgres"), "-D", str(self.folder), *options]
        process = ServerProcess.launch(
            command, name="postgres", log=self.log, account=self.account, death_signal=signal.SIGINT
        )
        return PostgresServer(process, folder=self.folder, sockets=self.sockets)

    def create(self, *, unfinished: Path) -> None:
        """Make the cluster if there is none, aside in `unfinished`, so that one that stands here is always whole.

        Raises:
            EmbeddedServersError: It cannot be made.
        """
        if self.folder.exists():
            return
        shutil.rmtree(unfinished, ignore_errors=True)
        self.account.own(unfinished)
        command = [
            *(str(self._programs() / "initdb"), "-D", str(unfinished), "--username=postgres", "--encoding=UTF8"),
            *_LOCALE_OPTIONS[self.version],
            # Whoever can reach the socket in its private folder owns the files of the cluster anyway, so that a
            # password would protect nothing.
            *("--auth-local=trust", "--auth-host=reject", "--data-checksums", "--no-instructions"),
        ]
        process = ServerProcess.launch(
            command, name="initdb", log=self.log, account=self.account, death_signal=signal.SIGTERM
        )
        try:
            if not process.wait(_INITDB_TIMEOUT_S) or process.exit_code != 0:
                raise EmbeddedServersError(process.failure("could not make the database cluster"))
        finally:
            process.kill()
        unfinished.rename(self.folder)
        _sync_folder(self.folder.parent)

    def _programs(self) -> Path:
        installation = find_postgres(self.version)
        self.account.allow_traversal(installation)
        self.account.allow_reading(installation)
        if (libraries := find_bundled_libraries(installation)) is not None:
            self.account.allow_reading(libraries)
        return installation / "bin"

    def _require_version(self) -> None:
        try:
            found = (self.folder / "PG_VERSION").read_text(encoding="ascii").strip()
        except FileNotFoundError:
            found = "nothing"
        if found != str(self.version):
            message = (
                f"{self.folder} holds data of PostgreSQL {found}, not {self.version}; move it away or restore a backup"
            )
            raise EmbeddedServersError(message)

    def _remove_misleading_pid_file(self) -> None:
        """Remove a pid file whose number has passed to another process, at which PostgreSQL would refuse to start.

        The caller has made sure that no server works here; PostgreSQL still checks the shared memory on its own.
        """
        lines = _read_pid_file(self.folder)
        if lines and lines[_PID_LINE].isdigit() and _is_alive(int(lines[_PID_LINE])):
            (self.folder / "postmaster.pid").unlink()


def postgres_dsn(sockets: Path, user: str, database: str) -> str:
    """Return the address of the server that listens in that folder, for one user and database, as libpq takes it."""
    host = quote(str(sockets))
    return f"postgresql://{quote(user, safe='')}@/{quote(database, safe='')}?host={host}&port={PORT}"


class PostgresServer:
    """A running PostgreSQL."""

    def __init__(self, process: ServerProcess, *, folder: Path, sockets: Path) -> None:
        self.process = process
        self._folder = folder
        self._sockets = sockets

    def dsn(self, user: str, database: str) -> str:
        """Return the address for one user and database, as libpq takes it."""
        return postgres_dsn(self._sockets, user, database)

    def is_ready(self) -> bool:
        """Return whether it accepts connections, which it says in its pid file, as it does for pg_ctl."""
        lines = _read_pid_file(self._folder)
        return (
            len(lines) > _STATUS_LINE and lines[_PID_LINE] == str(self.process.pid) and lines[_STATUS_LINE] == "ready"
        )

    def begin_stop(self) -> None:
        """Ask it to roll back what is open, write a checkpoint and end."""
        self.process.send(signal.SIGINT)

    def finish_stop(self) -> None:
        """Wait until it has ended; after a bounded time, end it, and the next start recovers from the log."""
        if not self.process.wait(_ORDERLY_S):
            self.process.send(signal.SIGQUIT)
            self.process.wait(_QUICK_S)
        self.process.kill()


def _read_pid_file(folder: Path) -> list[str]:
    try:
        return [line.strip() for line in (folder / "postmaster.pid").read_text(errors="replace").splitlines()]
    except FileNotFoundError:
        return []


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
