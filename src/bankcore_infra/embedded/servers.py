"""The embedded servers: a real PostgreSQL and a real Valkey in one data folder, without Docker, root or network."""

import os
import time
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Self, TypeVar

from bankcore_infra.embedded.account import ServerAccount
from bankcore_infra.embedded.binaries import find_postgres, find_valkey
from bankcore_infra.embedded.data_dir import DataDir
from bankcore_infra.embedded.errors import EmbeddedServersError
from bankcore_infra.embedded.leftovers import stop_leftovers
from bankcore_infra.embedded.lock import DataDirLock
from bankcore_infra.embedded.postgres import DURABILITY_SETTINGS, PostgresCluster, PostgresServer
from bankcore_infra.embedded.process import POLL_INTERVAL_S
from bankcore_infra.embedded.valkey import ValkeyServer

_Server = TypeVar("_Server", PostgresServer, ValkeyServer)

_POSTGRES_VERSION = 18
# After a crash PostgreSQL replays its log before it serves, which may take a while but not for ever.
_READY_TIMEOUT_S = 120.0
_NO_SETTINGS: Mapping[str, str] = MappingProxyType({})


class EmbeddedServers:
    """The running servers of one data folder, which no other process can use meanwhile.

    If the main thread starts them on Linux, they end with this process even by kill -9; else the next start ends them.
    A process that forks keeps them to itself: `stop` does nothing in the child. Nothing else in the process may reap
    children it did not start.
    """

    def __init__(self, lock: DataDirLock, data_dir: DataDir, account: ServerAccount) -> None:
        self._lock = lock
        self._data_dir = data_dir
        self._account = account
        self._owner_pid = os.getpid()
        self._settings: Mapping[str, str] = _NO_SETTINGS
        self._postgres: PostgresServer | None = None
        self._valkey: ValkeyServer | None = None

    @classmethod
    def start(cls, data_dir: Path, *, postgres_settings: Mapping[str, str] = _NO_SETTINGS) -> Self:
        """Return the servers of `data_dir` once both answer; a new folder is set up first.

        Raises:
            DataDirInUseError: Another live process has the folder.
            EmbeddedServersError: The servers are not installed or cannot run here; the message is one line.
            ValueError: A setting would give up durability.
        """
        if unsafe := DURABILITY_SETTINGS.keys() & postgres_settings.keys():
            message = f"the books need {', '.join(sorted(unsafe))} as they are"
            raise ValueError(message)
        # A missing wheel is reported before any file is made.
        find_valkey()
        find_postgres(_POSTGRES_VERSION)
        try:
            return cls._start(DataDir.at(data_dir), postgres_settings)
        except OSError as error:
            message = f"the embedded servers cannot use the data folder {data_dir}: {error}"
            raise EmbeddedServersError(message) from error

    @classmethod
    def _start(cls, data_dir: DataDir, settings: Mapping[str, str]) -> Self:
        lock = DataDirLock.acquire(data_dir.root)
        try:
            account = ServerAccount.choose(data_dir.postgres)
            servers = cls(lock, data_dir, account)
        except BaseException:
            lock.release()
            raise
        try:
            servers._launch(settings)
            servers._wait_until_ready()
        except BaseException:
            servers.stop()
            raise
        return servers

    def _launch(self, settings: Mapping[str, str]) -> None:
        folders, account = self._data_dir, self._account
        stop_leftovers(folders.work_folders, {account.uid, os.geteuid()})
        folders.prepare(account)
        self._settings = settings
        self._valkey = self._launch_valkey()
        self._cluster.create(unfinished=folders.postgres_unfinished)
        self._postgres = self._cluster.launch(settings)

    def _launch_valkey(self) -> ValkeyServer:
        folders = self._data_dir
        return ValkeyServer.launch(
            folder=folders.valkey, sockets=folders.sockets, log=folders.log / "valkey.log", account=self._account
        )

    @property
    def _cluster(self) -> PostgresCluster:
        folders = self._data_dir
        return PostgresCluster(
            version=_POSTGRES_VERSION,
            folder=folders.postgres,
            sockets=folders.sockets,
            log=folders.log / "postgres.log",
            account=self._account,
        )

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + _READY_TIMEOUT_S
        for server in (self.postgres, self.valkey):
            while not server.is_ready():
                for each in (self.postgres, self.valkey):
                    each.process.require_running()
                if time.monotonic() > deadline:
                    raise EmbeddedServersError(server.process.failure("does not get ready"))
                time.sleep(POLL_INTERVAL_S)

    @property
    def postgres(self) -> PostgresServer:
        """The PostgreSQL server; ask it for a `dsn`."""
        return _require_started(self._postgres)

    @property
    def valkey(self) -> ValkeyServer:
        """The Valkey server."""
        return _require_started(self._valkey)

    @property
    def redis_url(self) -> str:
        """The address of Valkey as redis-py and Dramatiq take it."""
        return self.valkey.url

    @property
    def postgres_pid(self) -> int:
        """The process id of PostgreSQL's first process."""
        return self.postgres.process.pid

    @property
    def valkey_pid(self) -> int:
        """The process id of Valkey."""
        return self.valkey.process.pid

    def poll(self) -> str | None:
        """Return the name of a server that has ended, `postgres` or `valkey`, or None while both run."""
        for server in (self.postgres, self.valkey):
            if server.process.exit_code is not None:
                return server.process.name
        return None

    def revive(self, name: str) -> None:
        """Start the server of that name again after it has ended by itself; this does not wait until it is ready.

        Raises:
            EmbeddedServersError: What it left behind cannot be ended, or its programs are gone.
            OSError: Its files cannot be used.
        """
        if name == self.valkey.process.name:
            self._valkey = self._launch_valkey()
            return
        # The processes that it started notice its death and end, but perhaps not at once.
        stop_leftovers([self._data_dir.postgres], {self._account.uid, os.geteuid()})
        self._postgres = self._cluster.launch(self._settings)

    def stop(self) -> None:
        """End both servers in an orderly way and let go of the folder; in bounded time, and again if you like."""
        if os.getpid() != self._owner_pid:
            return
        running = [server for server in (self._postgres, self._valkey) if server is not None]
        for server in running:
            server.begin_stop()
        for server in running:
            server.finish_stop()
        if running:
            self._data_dir.tidy()
        self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.stop()


def _require_started(server: _Server | None) -> _Server:
    if server is None:
        message = "the server was never started"
        raise EmbeddedServersError(message)
    return server
