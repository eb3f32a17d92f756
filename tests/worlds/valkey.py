"""A real Valkey for the tests, on a private socket."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from redis import Redis, RedisError

from bankcore_infra.embedded.binaries import find_valkey

_READY_S = 30.0


class ValkeyProcess:
    """A Valkey that can be killed and started again; it keeps nothing."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"unix://{folder / 'valkey.sock'}?db=0"

    @property
    def pid(self) -> int:
        """The id of the running process."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start it and wait until it answers."""
        socket = str(self._folder / "valkey.sock")
        command = [str(find_valkey()), "--port", "0", "--unixsocket", socket, "--save", "", "--dir", str(self._folder)]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + _READY_S
        while not self.answers():
            assert time.monotonic() < deadline, "Valkey did not start"
            time.sleep(0.02)

    def answers(self) -> bool:
        """Whether it is up."""
        with Redis.from_url(self.url, socket_timeout=1.0) as client:
            try:
                return bool(client.ping())
            except RedisError:
                return False

    def flush(self) -> None:
        """Lose everything it holds."""
        with Redis.from_url(self.url) as client:
            client.flushall()

    def kill(self) -> None:
        """End it as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()


@contextmanager
def valkey_process() -> Iterator[ValkeyProcess]:
    """A running one until the end of the block."""
    with TemporaryDirectory(prefix="bankcore-valkey-") as folder:
        valkey = ValkeyProcess(Path(folder))
        valkey.start()
        try:
            yield valkey
        finally:
            valkey.kill()
