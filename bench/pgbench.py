"""The same bare transfer from pgbench, whose clients cost next to nothing: what the server can do at most."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from typing_extensions import override

from bankcore_infra.embedded import EmbeddedServersError
from bankcore_infra.embedded.binaries import find_postgres
from bench.bare import ACCOUNTS, HOT
from bench.figures import Round, Subject

_VERSION: Final = 18
_SCRIPT: Final = """\\set source {source}
\\set target random(2, {accounts})
SELECT transfer(:source, :target, 1);
"""
_DONE: Final = re.compile(r"number of transactions actually processed: (\d+)")
_RATE: Final = re.compile(r"tps = ([\d.]+) \(without")


def find_pgbench() -> Path | None:
    """The program beside the embedded server's, or on the PATH; None where there is none."""
    try:
        beside = find_postgres(_VERSION) / "bin" / "pgbench"
    except EmbeddedServersError:
        beside = None
    if beside is not None and beside.is_file():
        return beside
    found = shutil.which("pgbench")
    return None if found is None else Path(found)


class Pgbench(Subject):
    """So many clients of pgbench; a round lasts at least a second, because it counts in seconds."""

    def __init__(self, program: Path, url: str, script: Path, clients: int) -> None:
        """For a script on the database of the bare floor."""
        self._command = [
            str(program),
            "--no-vacuum",
            "--protocol=prepared",
            f"--client={clients}",
            f"--jobs={min(clients, 2)}",
            f"--file={script}",
        ]
        self._url = url

    @override
    def run(self, seconds: float) -> Round:
        command = [*self._command, f"--time={max(1, round(seconds))}", self._url]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        done, rate = _DONE.search(said), _RATE.search(said)
        if done is None or rate is None:
            raise ValueError(f"pgbench said something else: {said}")
        operations = int(done[1])
        return Round(operations, operations / float(rate[1]))


@contextmanager
def pgbench_transfers(program: Path, url: str, *, clients: int, is_hot: bool = False) -> Iterator[Subject]:
    """Bare transfers by that program."""
    with TemporaryDirectory(prefix="bankcore-pgbench-") as folder:
        script = Path(folder) / "transfer.sql"
        source = str(HOT) if is_hot else f"random(1, {ACCOUNTS})"
        script.write_text(_SCRIPT.format(source=source, accounts=ACCOUNTS), encoding="utf-8")
        yield Pgbench(program, url, script, clients)
