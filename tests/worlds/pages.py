"""A page of the documentation as a reader uses it: files are written, programs run, and what they print is compared.

All blocks of Python without a title are one program, in their order. A block with the title of a file is that file.
Blocks of shell run after it, in their order; one with the title `terminal 1` goes on running beside those that follow.
Blocks `text title="output"` are what the program prints. A line `<!-- not run: ... -->` before a block says why it is
left out.
"""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.worlds.mail import free_port
from tests.worlds.program import FEW_PROCESSES, environment
from tests.worlds.running_client import wait_for

ROOT: Final = Path(__file__).resolve().parents[2]
LANGUAGES: Final = frozenset({"python", "shell"})
BACKGROUND: Final = "terminal 1"
OUTPUT: Final = "output"
# What the pages call the port of a service; the test takes a free one.
PORT: Final = "8000"
_READY_S: Final = 60.0
_BLOCK: Final = re.compile(
    r"^(?:<!-- not run: (?P<reason>[^\n]+) -->\n)?"
    r"```(?P<language>\w+)(?: title=\"(?P<title>[^\"]+)\")?[^\n]*\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
_INCLUDED: Final = re.compile(r"^--8<-- \"([^\"]+)\"$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One block of a page."""

    language: str
    title: str | None
    text: str
    reason: str | None

    @property
    def runs(self) -> bool:
        """Whether it is carried out."""
        return self.reason is None and self.language in LANGUAGES

    @property
    def is_file(self) -> bool:
        """Whether its title is the name of a file."""
        return self.reason is None and self.title is not None and "." in self.title


def blocks_of(page: Path) -> list[Block]:
    """The blocks of a page, with the files that they include."""
    return [
        Block(
            language=found["language"],
            title=found["title"],
            text=_INCLUDED.sub(lambda included: (ROOT / included[1]).read_text(encoding="utf-8"), found["text"]),
            reason=found["reason"],
        )
        for found in _BLOCK.finditer(page.read_text(encoding="utf-8"))
    ]


def fences_of(page: Path) -> int:
    """How many blocks a page begins, whatever they are and wherever they stand."""
    return len(re.findall(r"^ *```\w+", page.read_text(encoding="utf-8"), re.MULTILINE))


def run_page(blocks: Sequence[Block], folder: Path, *, warm: Path, **settings: str) -> None:
    """Do in that folder what the page says, by programs that are warm, with few processes but for those settings.

    Raises:
        AssertionError: something failed, or printed something else.
    """
    port = str(free_port())
    path = f"{warm}:{Path(sys.executable).parent}:{os.environ['PATH']}"
    surroundings = environment() | FEW_PROCESSES | settings | {"PATH": path}
    for block in blocks:
        if block.is_file:
            assert block.title is not None
            target = folder / block.title
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(block.text.replace(PORT, port), encoding="utf-8")
    program = "\n".join(
        block.text for block in blocks if block.runs and block.title is None and block.language == "python"
    )
    if program:
        (folder / "page.py").write_text(program, encoding="utf-8")
        printed = _run([str(warm / "run-file"), "page.py"], folder, surroundings)
        assert printed == "".join(block.text for block in blocks if block.title == OUTPUT)
    with ExitStack() as running:
        for block in blocks:
            if block.runs and block.language == "shell":
                script = ["bash", "-euo", "pipefail", "-c", block.text.replace(PORT, port)]
                if block.title == BACKGROUND:
                    running.enter_context(_serving(script, folder, int(port), surroundings))
                else:
                    _run(script, folder, surroundings)


def _run(arguments: Sequence[str], folder: Path, surroundings: Mapping[str, str]) -> str:
    done = subprocess.run(
        arguments, env=surroundings, cwd=folder, capture_output=True, text=True, timeout=100, check=False
    )
    assert done.returncode == 0, f"{arguments[-1]}\n{done.stdout}{done.stderr}"
    return done.stdout


@contextmanager
def _serving(script: Sequence[str], folder: Path, port: int, surroundings: Mapping[str, str]) -> Iterator[None]:
    """Run a service until the page is done; its processes are a group of their own, and end together."""
    with (folder / "terminal-1.log").open("w") as log:
        service = subprocess.Popen(script, env=surroundings, cwd=folder, stdout=log, stderr=log, start_new_session=True)
        try:
            assert wait_for(lambda: _answers(port) or service.poll() is not None, within_s=_READY_S)
            assert service.poll() is None, (folder / "terminal-1.log").read_text()
            yield
        finally:
            if service.poll() is None:
                os.killpg(service.pid, signal.SIGTERM)
            service.wait(30)


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
