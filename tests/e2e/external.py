"""Servers that are not the bank's own: a PostgreSQL that asks for passwords, as an operator would have it."""

import signal
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psycopg

from bankcore_infra.embedded.account import ServerAccount
from bankcore_infra.embedded.binaries import find_bundled_libraries, find_postgres
from bankcore_infra.embedded.process import ServerProcess
from bankcore_infra.sockets import find_listening

PASSWORD: Final = "secret-of-the-administrator"
_READY_S: Final = 60.0
_QUICK: Final = {"synchronous_commit": "on", "shared_buffers": "16MB", "max_connections": "60"}


def programs() -> Mapping[str, Path]:
    """Where the programs of each version are: the newest and the oldest that can be had on this machine."""
    installed = {path.parent.parent.name: path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/postgres")}
    wheel = {str(version): find_postgres(version) / "bin" for version in (16, 18)}
    every = {**installed, **wheel}
    return {version: every[version] for version in (min(every, key=int), max(every, key=int))}


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalPostgres:
    """A running server on a port of this machine; `admin` is whoever sets up databases there."""

    folder: Path
    port: int
    programs: Path

    @property
    def address(self) -> str:
        """Host and port."""
        return f"127.0.0.1:{self.port}"

    def execute(self, *statements: str, database: str = "postgres") -> None:
        """As the superuser of the server, who needs no password on its own socket."""
        with psycopg.connect(
            host=str(self.folder), port=self.port, user="postgres", dbname=database, autocommit=True
        ) as connection:
            for statement in statements:
                connection.execute(statement.encode())


@contextmanager
def external_postgres(version: str, *, admin: str) -> Iterator[ExternalPostgres]:
    """Such a server until the end of the block; `admin` has these attributes, such as `SUPERUSER`."""
    bin_folder = programs()[version]
    with tempfile.TemporaryDirectory(prefix="bankcore-external-", ignore_cleanup_errors=True) as name:
        root, data = Path(name), Path(name) / "sockets"
        root.chmod(0o711)
        account = ServerAccount.choose(root / "cluster")
        account.own(data)
        _allow(account, bin_folder)
        _run(account, root, [str(bin_folder / "initdb"), "-D", str(data / "cluster"), *_INITDB])
        port = find_listening("127.0.0.1", 0).port
        settings = {**_QUICK, "listen_addresses": "127.0.0.1", "port": str(port), "unix_socket_directories": str(data)}
        words = [word for setting, value in settings.items() for word in ("-c", f"{setting}={value}")]
        command = [str(bin_folder / "postgres"), "-D", str(data / "cluster"), *words]
        server = _launch(account, root, command)
        try:
            running = ExternalPostgres(folder=data, port=port, programs=bin_folder)
            _wait_until_ready(running, server)
            running.execute(
                f"CREATE ROLE admin LOGIN {admin} PASSWORD '{PASSWORD}'",
                f"CREATE ROLE backup LOGIN BYPASSRLS IN ROLE pg_read_all_data PASSWORD '{PASSWORD}'",
            )
            yield running
        finally:
            server.kill()


_INITDB: Final = (
    "--username=postgres",
    "--encoding=UTF8",
    "--locale=C",
    "--auth-local=trust",
    "--auth-host=scram-sha-256",
    "--data-checksums",
    "--no-sync",
)


def _allow(account: ServerAccount, bin_folder: Path) -> None:
    installation = bin_folder.parent
    account.allow_traversal(installation)
    account.allow_reading(installation)
    if (libraries := find_bundled_libraries(installation)) is not None:
        account.allow_reading(libraries)


def _launch(account: ServerAccount, root: Path, command: list[str]) -> ServerProcess:
    return ServerProcess.launch(
        command, name=Path(command[0]).name, log=root / "log", account=account, death_signal=signal.SIGQUIT
    )


def _run(account: ServerAccount, root: Path, command: list[str]) -> None:
    process = _launch(account, root, command)
    assert process.wait(_READY_S), process.failure("did not end")
    assert process.exit_code == 0, process.failure("failed")


def _wait_until_ready(running: ExternalPostgres, server: ServerProcess) -> None:
    deadline = time.monotonic() + _READY_S
    while True:
        try:
            running.execute("SELECT 1")
        except psycopg.OperationalError:
            server.require_running()
            assert time.monotonic() < deadline, server.failure("does not get ready")
            time.sleep(0.05)
        else:
            return
