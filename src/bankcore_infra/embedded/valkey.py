"""The embedded Valkey: the broker's store, on a private socket, durable to the second."""

import signal
import socket
from pathlib import Path
from typing import Self
from urllib.parse import quote

from bankcore_infra.embedded.account import ServerAccount
from bankcore_infra.embedded.binaries import find_valkey
from bankcore_infra.embedded.process import ServerProcess

_SOCKET_NAME = "valkey.sock"
_PING_TIMEOUT_S = 1.0
_ORDERLY_S = 10.0


def valkey_url(sockets: Path) -> str:
    """Return the address of the server that listens in that folder, as redis-py and Dramatiq take it."""
    return f"unix://{quote(str(sockets / _SOCKET_NAME))}?db=0"


class ValkeyServer:
    """A running Valkey."""

    def __init__(self, process: ServerProcess, socket_path: Path) -> None:
        """Take over a launched server, which listens at `socket_path` now or soon."""
        self.process = process
        self._socket_path = socket_path

    @classmethod
    def launch(cls, *, folder: Path, sockets: Path, log: Path, account: ServerAccount) -> Self:
        """Start it on its folder and return at once."""
        program = find_valkey()
        account.allow_traversal(program)
        account.allow_reading(program)
        socket_path = sockets / _SOCKET_NAME
        settings = {
            "port": "0",
            "unixsocket": str(socket_path),
            "unixsocketperm": "700",
            "dir": str(folder),
            "appendonly": "yes",
            "appendfsync": "everysec",
            # The append-only file is the one record; snapshots beside it would only cost time.
            "save": "",
            "maxmemory-policy": "noeviction",
            "daemonize": "no",
            # The folder stays readable in the command line, by which a leftover is recognised.
            "set-proc-title": "no",
        }
        command = [str(program), *(word for name, value in settings.items() for word in (f"--{name}", value))]
        process = ServerProcess.launch(command, name="valkey", log=log, account=account, death_signal=signal.SIGTERM)
        return cls(process, socket_path)

    @property
    def url(self) -> str:
        """The address as redis-py and Dramatiq take it."""
        return valkey_url(self._socket_path.parent)

    def is_ready(self) -> bool:
        """Return whether it answers and has loaded its data."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(_PING_TIMEOUT_S)
            try:
                connection.connect(str(self._socket_path))
                connection.sendall(b"PING\r\n")
                return connection.recv(64).startswith(b"+PONG")
            except OSError:
                return False

    def begin_stop(self) -> None:
        """Ask it to write everything and end."""
        self.process.send(signal.SIGTERM)

    def finish_stop(self) -> None:
        """Wait until it has ended; after a bounded time, end it."""
        self.process.wait(_ORDERLY_S)
        self.process.kill()
