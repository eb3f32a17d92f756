"""A PostgreSQL with nothing to find fault with, which can be made worse in one thing at a time."""

import signal
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from bankcore_infra.embedded.account import ServerAccount
from bankcore_infra.embedded.binaries import find_postgres
from bankcore_infra.embedded.data_dir import DataDir
from bankcore_infra.embedded.postgres import PostgresCluster, PostgresServer
from bankcore_infra.embedded.process import ServerProcess
from tests.worlds.sql_bank import ScratchCluster, ScratchDatabase, folder_in_memory

_VERSION = 18
_PATIENCE_S = 30.0


class SoundServer:
    """As durable as the bank's own, with a template of the bank; started anew for other settings."""

    def __init__(self, cluster: PostgresCluster) -> None:
        self._cluster = cluster
        self._settings: Mapping[str, str] = {}
        self._server = self._launch()
        self._templates = ScratchCluster(self._server)

    @contextmanager
    def database(self, settings: Mapping[str, str], *, has_checksums: bool) -> Iterator[ScratchDatabase]:
        """A migrated database on the server with those settings over its own."""
        if settings != self._settings:
            self._stop()
            self._settings = settings
            self._server = self._launch()
        if has_checksums:
            with self._templates.database() as scratch:
                yield scratch
            return
        self._turn_checksums("--disable")
        try:
            with self._templates.database() as scratch:
                yield scratch
        finally:
            self._turn_checksums("--enable")

    def close(self) -> None:
        """End it for good."""
        self._templates.close()
        self._stop()

    def _stop(self) -> None:
        self._server.begin_stop()
        self._server.finish_stop()

    def _launch(self) -> PostgresServer:
        server = self._cluster.launch(self._settings)
        deadline = time.monotonic() + _PATIENCE_S
        while not server.is_ready():
            server.process.require_running()
            assert time.monotonic() < deadline, server.process.failure("does not get ready")
            time.sleep(0.01)
        return server

    def _turn_checksums(self, word: str) -> None:
        """Write all pages with checksums or without, which a server must not be running for."""
        self._stop()
        command = [str(find_postgres(_VERSION) / "bin" / "pg_checksums"), word, "-D", str(self._cluster.folder)]
        process = ServerProcess.launch(
            [*command, "--no-sync"],
            name="pg_checksums",
            log=self._cluster.log,
            account=self._cluster.account,
            death_signal=signal.SIGTERM,
        )
        assert process.wait(_PATIENCE_S), process.failure("does not end")
        assert process.exit_code == 0, process.failure("failed")
        self._server = self._launch()


@contextmanager
def sound_server() -> Iterator[SoundServer]:
    """Such a server until the end of the block."""
    with tempfile.TemporaryDirectory(prefix="bankcore-", dir=folder_in_memory(), ignore_cleanup_errors=True) as name:
        folders = DataDir.at(Path(name))
        account = ServerAccount.choose(folders.postgres)
        folders.prepare(account)
        cluster = PostgresCluster(
            version=_VERSION,
            folder=folders.postgres,
            sockets=folders.sockets,
            log=folders.log / "postgres.log",
            account=account,
        )
        cluster.create(unfinished=folders.postgres_unfinished)
        server = SoundServer(cluster)
        try:
            yield server
        finally:
            server.close()
            folders.tidy()
