"""Ends a connection whose client takes nothing, because the server would wait for the client."""

import os
import socket
import struct
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

Address = Sequence[str | int]
"""One end of a connection: an address and a port, as a pair or as text."""

# The folder in which a process sees its own open files, by number.
_OPEN_FILES: Final = Path("/dev/fd")
_FAMILIES: Final = frozenset({socket.AF_INET, socket.AF_INET6})
# Close at once, and forget what was not sent.
_AT_ONCE: Final = struct.pack("ii", 1, 0)


def end_connection(*, client: Address, server: Address) -> bool:
    """End this process's connection between these two ends at once. Returns whether there was one.

    An ASGI server does not hand out its connection, but tells its two ends, and no two connections have the same ends.
    """
    ends = _end(client), _end(server)
    for connection in _open_sockets():
        # A socket without a connection has no other end.
        with connection, suppress(OSError):
            if connection.family not in _FAMILIES:
                continue
            if (_end(connection.getpeername()), _end(connection.getsockname())) == ends:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
                connection.shutdown(socket.SHUT_RDWR)
                return True
    return False


def _end(address: Address) -> tuple[str, int]:
    return str(address[0]), int(address[1])


def _open_sockets() -> Iterator[socket.socket]:
    """Each open socket, by a duplicated number, so that it stays the same one while it is used."""
    for file in _OPEN_FILES.iterdir():
        with suppress(OSError):
            own = os.dup(int(file.name))
            try:
                opened = socket.socket(fileno=own)
            except OSError:
                os.close(own)
                continue
            yield opened
