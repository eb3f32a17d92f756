"""Runs the program as a person would: in processes of its own, on a data folder of the test."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import IO, Any

from click.testing import CliRunner, Result

from bankcore_infra.cli import program

_READY_TIMEOUT_S = 60
FEW_PROCESSES = {"BANKCORE_API_WORKERS": "1", "BANKCORE_ROLE": "api"}
"""Few tests need two processes that answer, or a worker and a scheduler, which cost as much again as the API."""
EVERY_ROLE = {"BANKCORE_ROLE": "all"}
"""For tests of what follows an answer."""
# Nor do many pay.
_FEW = {"BANKCORE_PROVIDER_SIMULATOR": "false", **FEW_PROCESSES}
TWO_THAT_ANSWER = {"BANKCORE_API_WORKERS": "2"}
"""The processes that answer by default, of which one may know what another one does not."""
AS_IN_EARNEST = TWO_THAT_ANSWER | EVERY_ROLE

Run = Callable[..., Result]
"""Runs one command in this process, with these words."""


def import_commands() -> None:
    """Import now what a command imports when it is given."""
    for command in program.COMMANDS.values():
        import_module(f"bankcore_infra.cli.{command.module}")


def run_here(*arguments: str, data_dir: Path) -> Result:
    """Run one command to its end in this process, which is sooner."""
    return CliRunner().invoke(program.program, [*arguments, "--data-dir", str(data_dir)])


def environment() -> dict[str, str]:
    """This process's environment without settings of bankcore, which would lead elsewhere."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("BANKCORE_")}
    return kept | {"BANKCORE_ARGON2_MEMORY_KIB": "19456", "BANKCORE_ARGON2_TIME_COST": "2"}


def bankcore(*arguments: str, data_dir: Path, timeout_s: float = 60) -> subprocess.CompletedProcess[str]:
    """Run one command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "bankcore_infra", *arguments, "--data-dir", str(data_dir)],
        env=environment(),
        cwd=data_dir.parent,
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
    )


@dataclass(frozen=True, slots=True)
class RunningBank:
    """A running `bankcore up`."""

    process: subprocess.Popen[str]
    url: str
    data_dir: Path

    def description(self) -> dict[str, Any]:
        """What it tells other programs."""
        document: dict[str, Any] = json.loads((self.data_dir / "bankcore.json").read_text())
        return document

    def stop(self, sent: signal.Signals = signal.SIGTERM) -> int:
        """End it, and return its exit code."""
        self.process.send_signal(sent)
        return self.process.wait(30)


@contextmanager
def running_bank(data_dir: Path, **settings: str) -> Iterator[RunningBank]:
    """`bankcore up` on that folder with those settings, ready to serve; ended afterwards if it still runs."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bankcore_infra", "up", "--port", "0", "--data-dir", str(data_dir)],
        env=environment() | _FEW | settings,
        cwd=data_dir.parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        yield RunningBank(process, _ready_url(process, process.stdout), data_dir)
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(30)
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def wait_until_gone(pids: list[int], timeout_s: float = 30) -> list[int]:
    """Those of the processes that are still there after that time at most."""
    deadline = time.monotonic() + timeout_s
    while (alive := [pid for pid in pids if _is_alive(pid)]) and time.monotonic() < deadline:
        time.sleep(0.05)
    return alive


def _ready_url(process: subprocess.Popen[str], output: IO[str]) -> str:
    started = time.monotonic()
    line = output.readline()
    prefix = "bankcore is ready at "
    if not line.startswith(prefix):
        process.kill()
        error = process.stderr.read() if process.stderr is not None else ""
        raise AssertionError(f"after {time.monotonic() - started:.1f} s it said {line!r}: {error}")
    return line.removeprefix(prefix).strip()
