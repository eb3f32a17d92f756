"""A server program as a child process of ours."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO, Self

from bankcore_infra.embedded.account import ServerAccount
from bankcore_infra.embedded.errors import EmbeddedServersError

POLL_INTERVAL_S = 0.01
_LAUNCHER = Path(__file__).with_name("launcher.py")
_LOG_LIMIT_BYTES = 16 * 1024 * 1024
_TELLING_BYTES = 4096


class ServerProcess:
    """One running program; it writes to its log file and is told when this process dies."""

    def __init__(self, name: str, process: subprocess.Popen[bytes], log: Path, log_start: int) -> None:
        """Take over a process that was started with its output in `log`, from the byte `log_start` on."""
        self.name = name
        self._process = process
        self._log = log
        self._log_start = log_start

    @classmethod
    def launch(
        cls, command: Sequence[str], *, name: str, log: Path, account: ServerAccount, death_signal: signal.Signals
    ) -> Self:
        """Start a program as `account`.

        When this process dies, the kernel sends `death_signal` (on Linux). It really does so when the starting *thread*
        ends; from a passing thread nothing is asked for, and the next start stops what was left running.

        Raises:
            OSError: The program or its log cannot be opened.
        """
        in_main_thread = threading.current_thread() is threading.main_thread()
        arguments = [
            *(sys.executable, "-I", "-S", "-B", str(_LAUNCHER), str(os.getpid())),
            str(int(death_signal) if in_main_thread else 0),
            *((str(account.uid), str(account.gid)) if account.differs else ("0", "0")),
            *command,
        ]
        with _open_log(log) as descriptor:
            log_start = descriptor.tell()
            process = subprocess.Popen(
                arguments,
                stdin=subprocess.DEVNULL,
                stdout=descriptor,
                stderr=descriptor,
                cwd="/",
                env=_bare_environment(),
                # Ctrl-C in a terminal must reach only us: the servers stop last, when we say so.
                start_new_session=True,
            )
        return cls(name, process, log, log_start)

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """What it ended with, or None while it runs."""
        return self._process.poll()

    def require_running(self) -> None:
        """Return if the program still runs.

        Raises:
            EmbeddedServersError: It ended; the message has its last words.
        """
        if self.exit_code is not None:
            raise EmbeddedServersError(self.failure(f"ended with exit code {self.exit_code}"))

    def wait(self, timeout_s: float) -> bool:
        """Return whether it ended within `timeout_s` seconds."""
        deadline = time.monotonic() + timeout_s
        while self.exit_code is None and time.monotonic() < deadline:
            time.sleep(POLL_INTERVAL_S)
        return self.exit_code is not None

    def send(self, number: signal.Signals) -> None:
        """Signal it, unless it ended."""
        self._process.send_signal(number)

    def kill(self) -> None:
        """End it at once, if it has not ended."""
        self._process.kill()
        self._process.wait()

    def failure(self, what: str) -> str:
        """Return a line that says what happened, its last words, and where to read more."""
        with self._log.open("rb") as log:
            size = log.seek(0, os.SEEK_END)
            log.seek(max(self._log_start, size - _TELLING_BYTES))
            lines = [line.strip() for line in log.read().decode("utf-8", "replace").splitlines() if line.strip()]
        telling = [line for line in lines if any(word in line for word in ("FATAL", "PANIC", "rror"))] or lines
        last_words = f": {telling[-1]}" if telling else ""
        return f"{self.name} {what}{last_words} (see {self._log})"


def _open_log(log: Path) -> BinaryIO:
    if log.exists() and log.stat().st_size > _LOG_LIMIT_BYTES:
        log.replace(log.with_name(f"{log.name}.1"))
    return os.fdopen(os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "ab")


def _bare_environment() -> dict[str, str]:
    """Return only what a program needs to run: secrets of ours, and PG... variables, are none of its business."""
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "TMPDIR") if name in os.environ}
    return {**kept, "LC_ALL": "C", "TZ": "UTC"}
