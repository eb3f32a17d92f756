"""Runs the roles of one bank as child processes: starts them, restarts what dies, stops everything in order."""

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from loguru import logger

from bankcore_infra.cli.api import STARTER_VARIABLE
from bankcore_infra.installation import Installation
from bankcore_infra.settings import Settings
from bankcore_infra.sockets import require_free_port

_READY_TIMEOUT_S: Final = 60.0
_STOP_TIMEOUT_S: Final = 20.0
_POLL_S: Final = 0.05
_RESTART_PAUSE_S: Final = 1.0
_PING_TIMEOUT_S: Final = 2.0


class RoleFailedError(Exception):
    """A role cannot run here; its log says why."""


class Supervisor:
    """The running roles of an installation; leaving the `with` block stops them."""

    def __init__(self, installation: Installation, settings: Settings) -> None:
        """For that installation; nothing runs yet."""
        self._installation = installation
        self._settings = settings
        self._port = require_free_port(settings.host, settings.port)
        self._log_path = installation.data_dir / "log" / "api.log"
        self._api: subprocess.Popen[bytes] | None = None
        self._description = installation.data_dir / "bankcore.json"

    @property
    def url(self) -> str:
        """Where the API serves."""
        host = f"[{self._settings.host}]" if ":" in self._settings.host else self._settings.host
        return f"http://{host}:{self._port}"

    def __enter__(self) -> Self:
        """Start the roles and wait until they serve.

        Raises:
            RoleFailedError: one of them did not get ready.
        """
        try:
            self._api = self._start("api")
            self._wait_until_ready()
            self._describe()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the roles; they finish what they are at."""
        self._stop()

    def watch(self) -> None:
        """Restart roles that die, until a server dies or an exception such as KeyboardInterrupt ends it.

        Raises:
            RoleFailedError: a server of the installation ended by itself.
        """
        while True:
            time.sleep(_POLL_S)
            servers = self._installation.servers
            if servers is not None and (name := servers.poll()) is not None:
                raise RoleFailedError(f"{name} ended by itself; see {self._log_path.parent}")
            if self._api is not None and self._api.poll() is not None:
                logger.bind(exit_code=self._api.returncode).error("the api ended by itself and is started again")
                time.sleep(_RESTART_PAUSE_S)
                self._api = self._start("api")
                self._describe()

    def _start(self, role: str) -> subprocess.Popen[bytes]:
        environment = os.environ | {
            "BANKCORE_DATABASE_URL": self._installation.app_url,
            "BANKCORE_REDIS_URL": self._installation.redis_url or "",
            "BANKCORE_DATA_DIR": str(self._installation.data_dir),
            "BANKCORE_HOST": self._settings.host,
            "BANKCORE_PORT": str(self._port),
            STARTER_VARIABLE: str(os.getpid()),
        }
        self._log_path.parent.mkdir(parents=True, exist_ok=True)
        with self._log_path.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "bankcore_infra", role],
                env={name: value for name, value in environment.items() if value},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # Ctrl-C in a terminal reaches only us: roles stop before servers, when we say so.
                start_new_session=True,
            )

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + _READY_TIMEOUT_S
        while not _answers(f"{self.url}/health/ready"):
            if self._api is None or self._api.poll() is not None:
                raise RoleFailedError(f"the api did not start: {_last_line(self._log_path)}")
            if time.monotonic() > deadline:
                raise RoleFailedError(f"the api did not get ready in {_READY_TIMEOUT_S:.0f} s; see {self._log_path}")
            time.sleep(_POLL_S)

    def _describe(self) -> None:
        """Tell other programs where everything is; only for the eyes of whoever runs it."""
        servers = self._installation.servers
        document = {
            "url": self.url,
            "databaseUrl": self._installation.app_url,
            "redisUrl": self._installation.redis_url,
            "pids": {
                "up": os.getpid(),
                "api": [] if self._api is None else [self._api.pid],
                "worker": [],
                "scheduler": [],
                "postgres": None if servers is None else servers.postgres_pid,
                "valkey": None if servers is None else servers.valkey_pid,
            },
        }
        unfinished = self._description.with_suffix(".tmp")
        unfinished.touch(mode=0o600)
        unfinished.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
        unfinished.replace(self._description)

    def _stop(self) -> None:
        self._description.unlink(missing_ok=True)
        if self._api is not None:
            self._api.terminate()
            try:
                self._api.wait(_STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                self._api.kill()
                self._api.wait()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=_PING_TIMEOUT_S) as response:  # noqa: S310 - our own http address
            return int(response.status) == 200  # noqa: PLR2004 - HTTP
    except (urllib.error.URLError, OSError):
        return False


def _last_line(path: Path) -> str:
    lines: Sequence[str] = path.read_text(encoding="utf-8", errors="replace").splitlines() if path.exists() else []
    return lines[-1] if lines else f"see {path}"
