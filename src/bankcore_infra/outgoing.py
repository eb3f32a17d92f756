"""Where the bank may connect to when somebody else names the place: to public addresses only (docs/adr/0079).

`read_target` checks what an address says, `addresses_of` what its name means now. Whoever connects does so to one of
those addresses, and to no other: a name can mean something else a moment later.
"""

import re
import socket
from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final, NamedTuple
from urllib.parse import SplitResult, urlsplit

URL_LENGTH_MAX: Final = 2_048
PORTS: Final = frozenset({443, 8443})

Resolver = Callable[[str, int], Sequence[str]]
"""The numeric addresses of a name, for that port. Raises: OSError."""

_NAME_LENGTH_MAX: Final = 253
_LABEL: Final = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
# The last label begins with a letter, so that no way of writing a number is a name: 127.1, 0x7f000001, 2130706433.
_NAME: Final = re.compile(rf"(?:{_LABEL}\.)+[a-z](?:[a-z0-9-]{{0,61}}[a-z0-9])", re.ASCII)
_PRINTABLE: Final = re.compile(r"[!-~]+", re.ASCII)
# Names that no public server answers for.
_INNER: Final = (".alt", ".arpa", ".home", ".internal", ".intranet", ".lan", ".local", ".localhost", ".onion", ".test")
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})
# What the IANA's register of special addresses has, what clouds answer with credentials on, and no more: the standard
# library calls 224.0.0.1, 64:ff9b::7f00:1 and 2002:7f00:1:: global.
_DENIED_4: Final = tuple(
    map(
        IPv4Network,
        (
            *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "168.63.129.16/32", "169.254.0.0/16"),
            *("172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24"),
            *("192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24"),
            *("203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
        ),
    )
)
# Everything else than this is no global unicast: loopback, mapped, translated (64:ff9b::/96), local, multicast.
_GLOBAL_6: Final = IPv6Network("2000::/3")
_DENIED_6: Final = tuple(
    map(IPv6Network, ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20"))
)


class ForbiddenTargetError(Exception):
    """The bank does not connect there. `problem` is one constant word, which nothing of the address is in."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


class Target(NamedTuple):
    """A place to connect to, as its address says; `is_local` marks this machine, which only developers allow."""

    scheme: str
    host: str
    port: int
    is_local: bool


def read_target(url: str, *, local: bool = False) -> Target:
    """The place in that address: https, a full name, port 443 or 8443. With `local`, also any port of this machine.

    Raises:
        ForbiddenTargetError: it is another one, or none.
    """
    parts, port = _split(url)
    host = parts.netloc.removesuffix(f":{parts.port}")
    if local and host in _LOOPBACK and parts.scheme in {"http", "https"}:
        return Target(parts.scheme, host.strip("[]"), port or (443 if parts.scheme == "https" else 80), is_local=True)
    if parts.scheme != "https":
        raise ForbiddenTargetError("not_https")
    if len(host) > _NAME_LENGTH_MAX or _NAME.fullmatch(host) is None or host.endswith(_INNER):
        raise ForbiddenTargetError("not_a_public_name")
    if (443 if port is None else port) not in PORTS:
        raise ForbiddenTargetError("forbidden_port")
    return Target("https", host, port or 443, is_local=False)


def addresses_of(target: Target, resolve: Resolver | None = None) -> Sequence[str]:
    """The addresses that the name means now, all of them checked.

    Raises:
        ForbiddenTargetError: one of them is not public, or it has none.
        OSError: the name cannot be looked up.
    """
    found = (resolve or look_up)(target.host, target.port)
    if not found:
        raise ForbiddenTargetError("no_address")
    for address in found:
        require_allowed(address, local=target.is_local)
    return found


def require_allowed(address: str, *, local: bool) -> None:
    """Refuse an address that is not public; with `local`, one that is not this machine.

    Raises:
        ForbiddenTargetError: it is such an address.
    """
    try:
        number = ip_address(address)
    except ValueError:
        raise ForbiddenTargetError("not_an_address") from None
    if not (number.is_loopback if local else is_public(number)):
        raise ForbiddenTargetError("forbidden_address")


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether anybody on the internet may have it."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _DENIED_4)
    return address.scope_id is None and address in _GLOBAL_6 and not any(address in network for network in _DENIED_6)


def look_up(host: str, port: int) -> Sequence[str]:
    """What the resolver of this machine says."""
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def _split(url: str) -> tuple[SplitResult, int | None]:
    """The parts of an address without anything that two readers could understand differently."""
    if len(url) > URL_LENGTH_MAX or _PRINTABLE.fullmatch(url) is None:
        raise ForbiddenTargetError("not_an_address")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ForbiddenTargetError("not_an_address") from None
    if "@" in parts.netloc or "#" in url or "\\" in url or parts.netloc.endswith(":"):
        raise ForbiddenTargetError("not_a_plain_address")
    # A port such as 0443 or +443 is written as no browser writes it.
    if port is not None and not parts.netloc.endswith(f":{port}"):
        raise ForbiddenTargetError("not_a_plain_address")
    return parts, port
