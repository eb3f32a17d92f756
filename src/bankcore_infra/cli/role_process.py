"""One role of a bank as a child process: starts it, watches it, starts it again when it dies, and stops it."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from bankcore_infra.log_messages import LogMessage, logger_of

_LOG: Final = logger_of("cli")

_STOP_TIMEOUT_S: Final = 20.0
_RESTART_PAUSE_S: Final = 1.0


class RoleProcess:
    """A role that should run; its process may have died."""

    def __init__(
        self, role: str, environment: Mapping[str, str], log_path: Path, *, program: Sequence[str] | None = None
    ) -> None:
        self.role = role
        self.log_path = log_path
        self._environment = environment
        # What follows `python -m`.
        self._program = ("bankcore_infra", role) if program is None else program
        self._process: subprocess.Popen[bytes] | None = None
        self._start_at = 0.0

    @property
    def pid(self) -> int | None:
        """Its process id, or None while it does not run."""
        return None if self._process is None else self._process.pid

    @property
    def has_died(self) -> bool:
        """Whether the process was started and has ended by itself."""
        return self._process is not None and self._process.poll() is not None

    @property
    def last_words(self) -> str:
        """The last line of its log."""
        path = self.log_path
        lines: Sequence[str] = path.read_text(encoding="utf-8", errors="replace").splitlines() if path.exists() else []
        return lines[-1] if lines else f"see {path}"

    def start(self) -> None:
        """Start it."""
        self.log_path.parent.mkdir(parents=True, exist_ok=True)
        with self.log_path.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", *self._program],
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # Ctrl-C in a terminal reaches only us, so that we stop roles before servers.
                start_new_session=True,
            )

    def look_after(self) -> bool:
        """Start the role again a second after its death was seen. Returns whether its process id has changed."""
        if self.has_died:
            assert self._process is not None  # noqa: S101 - else it has not died
            _LOG.error(
                LogMessage(
                    "role ended by itself; it is started again", role=self.role, exit_code=self._process.returncode
                )
            )
            self._process = None
            self._start_at = time.monotonic() + _RESTART_PAUSE_S
            return True
        if self._process is None and time.monotonic() >= self._start_at:
            self.start()
            return True
        return False

    def begin_stop(self) -> None:
        """Tell the process to finish its work and end."""
        if self._process is not None:
            self._process.terminate()

    def finish_stop(self) -> None:
        """Wait until it has ended; after a bounded time, end it."""
        if self._process is None:
            return
        try:
            self._process.wait(_STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def role_environment(changes: Mapping[str, str]) -> Mapping[str, str]:
    """The environment of a role: ours with these changes; an empty value removes the variable in any case of its
    letters.
    """
    kept = {name: value for name, value in os.environ.items() if name.upper() not in changes}
    return kept | {name: value for name, value in changes.items() if value}
