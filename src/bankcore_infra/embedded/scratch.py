"""A throw-away PostgreSQL for tests."""

import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from bankcore_infra.embedded.account import ServerAccount
from bankcore_infra.embedded.data_dir import DataDir
from bankcore_infra.embedded.errors import EmbeddedServersError
from bankcore_infra.embedded.postgres import PostgresCluster, PostgresServer
from bankcore_infra.embedded.process import POLL_INTERVAL_S

_READY_TIMEOUT_S = 60.0


@contextmanager
def scratch_postgres(
    settings: Mapping[str, str], *, version: int = 18, parent: Path | None = None
) -> Iterator[PostgresServer]:
    """Run PostgreSQL, 16 or 18, on an empty cluster in a temporary folder, and remove it all at the end.

    `settings` go over the usual ones, durability included: `{"fsync": "off"}` makes tests quick. The folder is made in
    `parent`, or where temporary folders are.

    Raises:
        EmbeddedServersError: It is not installed or cannot run here.
    """
    # PostgreSQL may still write while the folder is removed.
    with tempfile.TemporaryDirectory(prefix="bankcore-", dir=parent, ignore_cleanup_errors=True) as name:
        folders = DataDir.at(Path(name))
        account = ServerAccount.choose(folders.postgres)
        folders.prepare(account)
        cluster = PostgresCluster(
            version=version,
            folder=folders.postgres,
            sockets=folders.sockets,
            log=folders.log / "postgres.log",
            account=account,
        )
        cluster.create(unfinished=folders.postgres_unfinished)
        server = cluster.launch(settings)
        try:
            _wait_until_ready(server)
            yield server
        finally:
            server.begin_stop()
            server.finish_stop()
            folders.tidy()


def _wait_until_ready(server: PostgresServer) -> None:
    deadline = time.monotonic() + _READY_TIMEOUT_S
    while not server.is_ready():
        server.process.require_running()
        if time.monotonic() > deadline:
            raise EmbeddedServersError(server.process.failure("does not get ready"))
        time.sleep(POLL_INTERVAL_S)
