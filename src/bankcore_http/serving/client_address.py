"""Finds the client's address behind our own proxies: by what they wrote, never by what a client wrote."""

from collections.abc import Iterable
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import Final
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

_SCHEMES: Final = frozenset({"http", "https"})


class ForwardedClient:
    """A WSGI application behind a number of proxies. Each adds the address that it heard to the end of
    `X-Forwarded-For`.

    So the client is the entry as many places from the right, over all lines of the header, as there are proxies.
    Entries further left can be written by anybody.
    """

    def __init__(self, application: WSGIApplication, *, proxies: int) -> None:
        self._application = application
        self._proxies = proxies

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer, with the address and the scheme of the client in place of the nearest proxy's."""
        client = client_behind(environ, proxies=self._proxies)
        if client is not None:
            environ["REMOTE_ADDR"] = client
        scheme = environ.get("HTTP_X_FORWARDED_PROTO", "").rsplit(",", 1)[-1].strip().lower()
        if scheme in _SCHEMES:
            environ["wsgi.url_scheme"] = scheme
        return self._application(environ, start_response)


def client_behind(environ: WSGIEnvironment, *, proxies: int) -> str | None:
    """The client's address as so many proxies, at least one, wrote it; None if they wrote none."""
    hops = environ.get("HTTP_X_FORWARDED_FOR", "").split(",")
    # With fewer entries than proxies, the request came another way, or the outermost proxy wrote none.
    return find_address(hops[-proxies]) if len(hops) >= proxies else None


def find_address(written: str) -> str | None:
    """The address in what proxies write: bare, in brackets, in quotes, with a port; None in `unknown` and the like."""
    text = written.strip().strip('"')
    if text.startswith("["):
        text, _, port = text[1:].partition("]")
        port = port.removeprefix(":")
    elif text.count(":") == 1:
        text, _, port = text.partition(":")
    else:
        port = ""
    if port and not (port.isascii() and port.isdecimal()):
        return None
    return _parse(text)


def _parse(text: str) -> str | None:
    try:
        # The zone of a link-local address has a meaning only on one machine.
        address: IPv4Address | IPv6Address = IPv6Address(text.partition("%")[0]) if ":" in text else IPv4Address(text)
    except AddressValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return str(mapped or address)
