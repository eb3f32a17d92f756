"""Starts embedded servers again when they end by themselves, for example because the machine ran out of memory."""

import time
from typing import Final

from bankcore_infra.embedded.errors import EmbeddedServersError
from bankcore_infra.log_messages import LogMessage, logger_of
from bankcore_infra.running_servers import RunningServers

_LOG: Final = logger_of("embedded")

_FIRST_PAUSE_S: Final = 0.5
_PAUSE_MAX_S: Final = 30.0
# A server that has run for this long counts as healthy.
_WELL_AFTER_S: Final = 60.0


class Revival:
    """Watches the servers of a folder. The pause grows with each death, until a server has lived for a while."""

    def __init__(self, servers: RunningServers) -> None:
        self._servers = servers
        self._pause_s = _FIRST_PAUSE_S
        self._started_at = time.monotonic()
        self._start_at: float | None = None

    def look(self) -> bool:
        """Start a server that has ended, if its pause is over. Returns whether there is a new process; never raises."""
        name = self._servers.poll()
        if name is None:
            return False
        now = time.monotonic()
        if self._start_at is None:
            if now - self._started_at > _WELL_AFTER_S:
                self._pause_s = _FIRST_PAUSE_S
            _LOG.error(
                LogMessage("embedded server ended by itself; it is started again", server=name, pause_s=self._pause_s)
            )
            self._start_at = now + self._pause_s
            self._pause_s = min(2 * self._pause_s, _PAUSE_MAX_S)
        if now < self._start_at:
            return False
        self._start_at = None
        self._started_at = now
        try:
            self._servers.revive(name)
        except (EmbeddedServersError, OSError) as error:
            _LOG.error(LogMessage("embedded server could not be started again", server=name, error=str(error)))
            return False
        return True
