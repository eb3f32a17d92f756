"""Addresses and ports to listen on."""

import errno
import socket
from dataclasses import dataclass

from bankcore_infra.settings import SettingsError

_NOT_OURS = {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}


@dataclass(frozen=True, slots=True)
class Listening:
    """Where to listen: an address in digits, and a port."""

    host: str
    port: int

    @property
    def url(self) -> str:
        """Where that is reached from this machine."""
        return f"http://[{self.host}]:{self.port}" if ":" in self.host else f"http://{self.host}:{self.port}"


def find_listening(host: str, port: int) -> Listening:
    """The address of that host, and the port, if nobody listens there; for port 0, one that is free now.

    Of a name with addresses of both kinds, such as `localhost`, the IPv4 one is taken.

    Raises:
        SettingsError: somebody listens there, or it is no address of this machine.
    """
    family, address = _resolve(host.removeprefix("[").removesuffix("]"))
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            name = "BANKCORE_HOST" if error.errno in _NOT_OURS else "BANKCORE_PORT"
            raise SettingsError(name, f"cannot listen on {host}:{port}: {error.strerror}") from None
        return Listening(address, int(probe.getsockname()[1]))


def _resolve(host: str) -> tuple[socket.AddressFamily, str]:
    """The family and the digits of a host. Raises: SettingsError."""
    if "%" in host:
        raise SettingsError("BANKCORE_HOST", f"cannot listen on {host}: the server takes no address with a zone")
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "no name of a host"
        raise SettingsError("BANKCORE_HOST", f"cannot listen on {host}: {reason}") from None
    family, *_others, address = min(found, key=lambda each: each[0] != socket.AF_INET)
    return family, str(address[0])
