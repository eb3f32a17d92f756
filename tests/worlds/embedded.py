"""What the tests of the embedded servers share: processes to kill, and questions to ask of the servers."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from bankcore_infra.embedded import EmbeddedServers

SOURCE = Path(__file__).parents[2] / "src"
PATIENCE_S = 20.0
_HOLDER = """
import sys
import threading
from pathlib import Path
from bankcore_infra.embedded import EmbeddedServers
started = []
thread = threading.Thread(target=lambda: started.append(EmbeddedServers.start(Path(sys.argv[1]))))
if sys.argv[2] == "main":
    thread.run()
else:
    thread.start()
    thread.join()
servers = started[0]
print(servers.postgres_pid, servers.valkey_pid, flush=True)
sys.stdin.read()
servers.stop()
"""


class Holder:
    """Another process that runs the servers of a folder until it is told to stop, or killed."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        assert process.stdout is not None
        words = process.stdout.readline().split()
        self.postgres_pid, self.valkey_pid = (int(word) for word in words)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(PATIENCE_S)


def starting(data_dir: Path, *, thread: str = "main") -> subprocess.Popen[str]:
    """A process that has begun to start the servers; when its input closes, it stops them and ends."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(SOURCE), *sys.path])}
    command = [sys.executable, "-c", _HOLDER, str(data_dir), thread]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True, env=environment)


@contextmanager
def holder_of(data_dir: Path, *, thread: str = "main") -> Iterator[Holder]:
    with starting(data_dir, thread=thread) as process:
        yield Holder(process)


def until(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def is_running(pid: int) -> bool:
    """Whether the process is there and not merely waiting to be reaped."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@contextmanager
def connected(servers: EmbeddedServers) -> Iterator[psycopg.Connection]:
    with psycopg.connect(servers.postgres.dsn("postgres", "postgres"), autocommit=True) as connection:
        yield connection


def deposit(servers: EmbeddedServers, amount_minor: int) -> None:
    with connected(servers) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS entries (amount_minor bigint NOT NULL)")
        connection.execute("INSERT INTO entries VALUES (%s)", (amount_minor,))


def balance(servers: EmbeddedServers) -> int:
    with connected(servers) as connection:
        row = connection.execute("SELECT sum(amount_minor)::bigint FROM entries").fetchone()
    assert row is not None
    return int(row[0])


def setting(servers: EmbeddedServers, name: str) -> str:
    with connected(servers) as connection:
        row = connection.execute("SELECT current_setting(%s)", (name,)).fetchone()
    assert row is not None
    return str(row[0])
