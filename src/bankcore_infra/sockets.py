"""Ports to listen on."""

import socket

from bankcore_infra.settings import SettingsError


def require_free_port(host: str, port: int) -> int:
    """The port, if nobody listens on it; for 0, one that is free now.

    Raises:
        SettingsError: somebody does, or the address is not ours.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise SettingsError("BANKCORE_PORT", f"cannot listen on {host}:{port}: {error.strerror}") from None
        return int(probe.getsockname()[1])
