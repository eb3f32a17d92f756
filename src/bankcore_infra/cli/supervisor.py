"""Runs the roles of one bank as child processes: starts them, restarts what dies, stops everything in order."""

import json
import os
import time
from collections.abc import Sequence
from typing import Final, Self

from bankcore_infra.cli.role_process import RoleProcess, role_environment
from bankcore_infra.cli.simulator_process import SIMULATOR, find_simulator, settings_with, simulator_process
from bankcore_infra.embedded import Revival
from bankcore_infra.installation import Installation
from bankcore_infra.log_messages import logger_of
from bankcore_infra.loopback import answers_ok
from bankcore_infra.processes import STARTER_VARIABLE
from bankcore_infra.settings import ProcessRole, Settings
from bankcore_infra.sockets import find_listening
from bankcore_infra.whole_files import replace_whole

_LOG: Final = logger_of("cli")

_READY_TIMEOUT_S: Final = 60.0
_POLL_S: Final = 0.05
_PING_TIMEOUT_S: Final = 2.0
# First nothing new comes in, then nothing more is sent to workers, and then workers finish their work.
# Until then they may ask the simulator.
_STOP_ORDER: Final = (ProcessRole.API, ProcessRole.SCHEDULER, ProcessRole.WORKER, SIMULATOR)


class RoleFailedError(Exception):
    """A role cannot run here; its log says why."""


class Supervisor:
    """The running roles of an installation; leaving the `with` block stops them."""

    def __init__(self, installation: Installation, settings: Settings) -> None:
        self._installation = installation
        self._settings = settings
        self._listening = find_listening(settings.host, settings.port)
        self._description = installation.data_dir / "bankcore.json"
        self._simulator = find_simulator(installation, settings)
        self._roles = [self._role_process(role) for role in self._wanted_roles()]
        if self._simulator is not None:
            self._roles.append(simulator_process(self._simulator, installation.data_dir))

    @property
    def url(self) -> str:
        """Where the API serves."""
        return self._listening.url

    @property
    def simulator_url(self) -> str | None:
        """Where simulated providers serve, if they do."""
        return None if self._simulator is None else self._simulator.url

    def __enter__(self) -> Self:
        """Start the roles and wait until they serve.

        Raises:
            RoleFailedError: one of them did not get ready.
        """
        try:
            for role in self._roles:
                role.start()
            self._wait_until_ready()
            self._describe()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(self, *_exception: object) -> None:
        """Stop the roles, which finish their work."""
        self._stop()

    def watch(self) -> None:
        """Start roles and servers again when they die, until an exception such as KeyboardInterrupt."""
        servers = self._installation.servers
        revival = None if servers is None else Revival(servers)
        while True:
            time.sleep(_POLL_S)
            has_changed = [role.look_after() for role in self._roles]
            if revival is not None:
                has_changed.append(revival.look())
            if True in has_changed:
                self._describe()

    def _wanted_roles(self) -> Sequence[ProcessRole]:
        """The roles of the settings: one of each kind, and as many workers as are set."""
        wanted = self._settings.role
        workers = [ProcessRole.WORKER] * self._settings.worker_processes
        if wanted is not ProcessRole.ALL:
            return workers if wanted is ProcessRole.WORKER else [wanted]
        if self._installation.redis_url is None:
            _LOG.warning("BANKCORE_REDIS_URL is not set: nothing that follows a transaction is done")
            return [ProcessRole.API]
        if self._installation.sealer_url is None:
            _LOG.warning("BANKCORE_SEALER_DATABASE_URL is not set: no record is sealed, and changes to them go unseen")
        return [ProcessRole.API, *workers, ProcessRole.SCHEDULER]

    def _role_process(self, role: ProcessRole) -> RoleProcess:
        installation, listening = self._installation, self._listening
        changes = {
            "BANKCORE_DATABASE_URL": installation.app_url,
            "BANKCORE_REDIS_URL": installation.redis_url or "",
            # No role may seal but the scheduler, and none may be the owner of the tables.
            "BANKCORE_SEALER_DATABASE_URL": (installation.sealer_url or "") if role is ProcessRole.SCHEDULER else "",
            "BANKCORE_OWNER_DATABASE_URL": "",
            "BANKCORE_SEALING_DIR": str(installation.sealing_dir),
            "BANKCORE_DATA_DIR": str(installation.data_dir),
            "BANKCORE_HOST": listening.host,
            "BANKCORE_PORT": str(listening.port),
            STARTER_VARIABLE: str(os.getpid()),
            **settings_with(self._simulator, self._settings, listening),
        }
        environment = role_environment({**self._settings.as_environment(), **changes})
        return RoleProcess(role, environment, installation.data_dir / "log" / f"{role}.log")

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + _READY_TIMEOUT_S
        has_api = any(role.role is ProcessRole.API for role in self._roles)
        while has_api and not answers_ok(f"{self.url}/health/ready", timeout_s=_PING_TIMEOUT_S):
            self._require_alive()
            if time.monotonic() > deadline:
                raise RoleFailedError(f"the api did not get ready in {_READY_TIMEOUT_S:.0f} s")
            time.sleep(_POLL_S)
        self._require_alive()

    def _require_alive(self) -> None:
        for role in self._roles:
            # A bank serves without the simulator, which is started again when it has died.
            if role.has_died and role.role != SIMULATOR:
                raise RoleFailedError(f"the {role.role} did not start: {role.last_words}")

    def _describe(self) -> None:
        """Write addresses and process ids for other programs, readable by the user that runs the bank."""
        servers = self._installation.servers
        roles: dict[str, object] = {
            role: self._pids(role) for role in (ProcessRole.API, ProcessRole.WORKER, ProcessRole.SCHEDULER, SIMULATOR)
        }
        document = {
            "url": self.url,
            "databaseUrl": self._installation.app_url,
            "redisUrl": self._installation.redis_url,
            "providerSimulatorUrl": self.simulator_url,
            "pids": {
                "up": os.getpid(),
                **roles,
                "postgres": None if servers is None else servers.postgres_pid,
                "valkey": None if servers is None else servers.valkey_pid,
            },
        }
        replace_whole(self._description, [f"{json.dumps(document, indent=2)}\n".encode()], mode=0o600)

    def _pids(self, name: str) -> list[int]:
        return [role.pid for role in self._roles if role.role is name and role.pid is not None]

    def _stop(self) -> None:
        self._description.unlink(missing_ok=True)
        for name in _STOP_ORDER:
            stopped = [role for role in self._roles if role.role is name]
            for role in stopped:
                role.begin_stop()
            for role in stopped:
                role.finish_stop()
