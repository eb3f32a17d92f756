"""A small load generator for HTTP/1.1: few lines and little work, since it shares the machine with the server."""

import selectors
import socket
import time
from array import array
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Final

from typing_extensions import override

from bench.figures import Round, Subject

_HEAD_END: Final = b"\r\n\r\n"
_LENGTH: Final = b"content-length:"
_READ_BYTES: Final = 65_536
_TIMEOUT_S: Final = 20.0


class UnexpectedAnswerError(Exception):
    """The server said something else than that it is done."""


@dataclass(slots=True)
class _Connection:
    """A connection that waits for at most one answer."""

    socket: socket.socket
    began: float = 0.0
    received: bytearray = field(default_factory=bytearray)

    def send(self, request: bytes, began: float) -> None:
        """Ask; what counts is the time since `began`."""
        self.began = began
        self.socket.sendall(request)

    def receive(self, wanted: bytes) -> bool:
        """Read what is there; whether the answer is complete. Raises: UnexpectedAnswerError."""
        chunk = self.socket.recv(_READ_BYTES)
        if not chunk:
            raise UnexpectedAnswerError("the server closed the connection")
        self.received += chunk
        head_end = self.received.find(_HEAD_END)
        if head_end < 0:
            return False
        body_at = head_end + len(_HEAD_END)
        if len(self.received) < body_at + _content_length(bytes(self.received[:head_end])):
            return False
        if not self.received.startswith(wanted):
            raise UnexpectedAnswerError(bytes(self.received[:600]).decode(errors="replace"))
        self.received.clear()
        return True


class HttpLoad(Subject):
    """Requests on so many connections, made anew for each round: servers close those that rest between two rounds.

    Without a rate each connection asks again as soon as it is answered. With one, requests fall due at that rate
    whether or not the server keeps up, and the wait of a request counts from when it was due.
    """

    def __init__(
        self,
        port: int,
        make_request: Callable[[], bytes],
        *,
        connections: int,
        wanted_status: int,
        rate: float | None = None,
    ) -> None:
        self._port = port
        self._connections = connections
        self._make_request = make_request
        self._wanted = f"HTTP/1.1 {wanted_status} ".encode()
        self._rate = rate

    @override
    def run(self, seconds: float) -> Round:
        with _connected(self._port, self._connections) as connections, selectors.DefaultSelector() as selector:
            for connection in connections:
                selector.register(connection.socket, selectors.EVENT_READ, connection)
            return self._run(connections, selector, seconds)

    def _run(self, connections: Sequence[_Connection], selector: selectors.BaseSelector, seconds: float) -> Round:
        times = array("d")
        idle = deque(connections)
        clock = time.perf_counter
        began = clock()
        due = _schedule(began, began + seconds, self._rate)
        waiting = next(due)
        while waiting is not None or len(idle) < len(connections):
            while idle and waiting is not None and waiting <= clock():
                # Without a rate nothing is due before it is sent.
                idle.popleft().send(self._make_request(), clock() if self._rate is None else waiting)
                waiting = next(due)
            for connection in _answered(selector, None if waiting is None else waiting - clock(), self._wanted):
                times.append((clock() - connection.began) * 1_000)
                idle.append(connection)
        return Round(len(times), clock() - began, times)


def _schedule(began: float, ends: float, rate: float | None) -> Iterator[float | None]:
    """When each request is due; None when there are no more."""
    if rate is None:
        while time.perf_counter() < ends:
            yield began
    else:
        for number in range(max(1, round((ends - began) * rate))):
            yield began + number / rate
    while True:
        yield None


def _answered(selector: selectors.BaseSelector, until_due_s: float | None, wanted: bytes) -> Iterator[_Connection]:
    """The connections whose answers are complete, once there are any or the next request is due."""
    patience_s = _TIMEOUT_S if until_due_s is None or until_due_s <= 0 else until_due_s
    ready = selector.select(patience_s)
    if not ready and patience_s == _TIMEOUT_S:
        raise UnexpectedAnswerError(f"no answer within {_TIMEOUT_S:.0f} s")
    for key, _events in ready:
        connection = key.data
        if isinstance(connection, _Connection) and connection.receive(wanted):
            yield connection


def _content_length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(_LENGTH):
            return int(line[len(_LENGTH) :])
    raise UnexpectedAnswerError("an answer without a length")


@contextmanager
def _connected(port: int, number: int) -> Iterator[list[_Connection]]:
    with ExitStack() as stack:
        made = []
        for _ in range(number):
            connection = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=_TIMEOUT_S))
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            made.append(_Connection(connection))
        yield made
