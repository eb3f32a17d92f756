"""The simulator of providers as a program of its own, which can be killed, hung and started again on its books."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from bankcore_infra.sockets import find_listening
from tests.worlds.program import environment

_TIMEOUT_S: Final = 60


@dataclass
class SimulatorProgram:
    """A running `bankcore providers simulate`, whose payers pay at once."""

    folder: Path
    port: int
    places: dict[str, str] = field(default_factory=dict)
    """Where the webhooks of each provider go."""
    _process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Begin, with the books of before."""
        words = ["providers", "simulate", "--payers-pay", "--port", str(self.port)]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bankcore_infra", *words, "--journal", str(self.folder / "simulator.journal")],
            env=environment(),
            cwd=self.folder,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        assert "listen on" in self._process.stdout.readline()
        self.send_webhooks(self.places)

    def send_webhooks(self, places: Mapping[str, str]) -> None:
        """Send those of each provider there, also after the next start."""
        self.places = dict(places)
        for provider, place in places.items():
            self._open(f"/{provider}/hooks", urlencode({"url": place}).encode())

    def kill(self) -> None:
        """At once, whatever it is doing."""
        assert self._process is not None
        self._process.kill()
        self._process.communicate(timeout=_TIMEOUT_S)

    def hang(self, seconds: float) -> None:
        """Say nothing for so long, and then go on as if nothing had been."""
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGSTOP)
        time.sleep(seconds)
        os.kill(self._process.pid, signal.SIGCONT)

    def charges(self, provider: str) -> list[dict[str, Any]]:
        """The charges in the books of that provider."""
        document: dict[str, list[dict[str, Any]]] = json.loads(self._open(f"/{provider}/books"))
        return document["charges"]

    def _open(self, path: str, body: bytes | None = None) -> bytes:
        with urllib.request.urlopen(self.url + path, body, timeout=_TIMEOUT_S) as answer:
            said: bytes = answer.read()
            return said


@contextmanager
def simulator_program(folder: Path) -> Iterator[SimulatorProgram]:
    """It, ready to be asked; ended afterwards."""
    program = SimulatorProgram(folder, find_listening("127.0.0.1", 0).port)
    program.start()
    try:
        yield program
    finally:
        program.kill()
