"""A network that breaks at the worst moment: between client and server, around COMMIT."""

import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import Enum
from pathlib import Path
from typing import Final
from urllib.parse import quote

from bankcore_infra.embedded.postgres import PORT

_COMMIT: Final = b"COMMIT"
_CHUNK: Final = 65_536
_DELAY_S: Final = 0.2


class Cut(Enum):
    """Where the connection breaks."""

    BEFORE = "the server never sees COMMIT"
    AFTER = "the server commits, and the client never hears of it"
    LATE = "the server commits while the client is already trying again"


class CuttingProxy:
    """Passes bytes between clients and the server's socket, and cuts the connections that it is told to."""

    def __init__(self, upstream: Path, listener: socket.socket) -> None:
        self.cuts = 0
        self._upstream = upstream
        self._listener = listener
        self._planned: list[Cut] = []
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._sockets: list[socket.socket] = []

    @classmethod
    @contextmanager
    def running(cls, upstream: Path) -> Iterator[tuple["CuttingProxy", str]]:
        """A proxy in front of the server with that socket folder, and the folder to connect to instead."""
        with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as listener:
            listener.bind(f"{folder}/.s.PGSQL.{PORT}")
            listener.listen(64)
            proxy = cls(upstream / f".s.PGSQL.{PORT}", listener)
            acceptor = proxy._start(proxy._accept)
            try:
                yield proxy, quote(folder)
            finally:
                # Closing a socket does not wake who waits on it; shutting it down does.
                listener.shutdown(socket.SHUT_RDWR)
                acceptor.join()
                for end in proxy._sockets:
                    _close(end)
                for thread in proxy._threads:
                    thread.join()

    def cut_next(self, *cuts: Cut) -> None:
        """Break the next connections that commit, one each."""
        with self._lock:
            self._planned.extend(cuts)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _address = self._listener.accept()
                server = socket.socket(socket.AF_UNIX)
                server.connect(str(self._upstream))
                self._sockets += [client, server]
                self._start(self._pass_requests, client, server)
                self._start(self._pass_answers, client, server)

    def _pass_requests(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while data := client.recv(_CHUNK):
                cut = self._take_cut() if _COMMIT in data else None
                if cut is Cut.BEFORE:
                    break
                if cut is not None:
                    # From now on the answers fall on the floor; the server ends by itself once it has committed.
                    _shut(client)
                if cut is Cut.LATE:
                    time.sleep(_DELAY_S)
                server.sendall(data)
        _close(client)
        _shut(server, socket.SHUT_WR)

    def _pass_answers(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while data := server.recv(_CHUNK):
                client.sendall(data)
        _close(client)
        _close(server)

    def _take_cut(self) -> Cut | None:
        with self._lock:
            if not self._planned:
                return None
            self.cuts += 1
            return self._planned.pop(0)

    def _start(self, work: object, *arguments: socket.socket) -> threading.Thread:
        thread = threading.Thread(target=work, args=arguments, daemon=True)  # type: ignore[arg-type] # one of ours
        thread.start()
        self._threads.append(thread)
        return thread


def _shut(end: socket.socket, how: int = socket.SHUT_RDWR) -> None:
    with suppress(OSError):
        end.shutdown(how)


def _close(end: socket.socket) -> None:
    _shut(end)
    end.close()
