"""Turns an ASGI request into the environment of a WSGI one, without losing anything."""

import re
import sys
from collections.abc import Iterable, Mapping
from io import BytesIO
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import unquote_to_bytes
from wsgiref.types import WSGIEnvironment

from bankcore.errors import BankcoreError
from bankcore_http.reading.header_lines import ENVIRON_KEY

Scope = Mapping[str, Any]
"""What an ASGI server says of a request."""

_OWN_NAMES: Final = MappingProxyType({"content-type": "CONTENT_TYPE", "content-length": "CONTENT_LENGTH"})
_ENCODED_SLASH: Final = re.compile(rb"%2f", re.IGNORECASE)
_FIXED: Final = MappingProxyType(
    {
        "SCRIPT_NAME": "",
        "wsgi.version": (1, 0),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        # The body is here already, so reading it ends.
        "wsgi.input_terminated": True,
    }
)


class RefusedBody:
    """Stands in the place of a body that was not received; raises the reason when a view reads it."""

    def __init__(self, refusal: BankcoreError) -> None:
        self._refusal = refusal

    def read(self, _size: int = -1) -> bytes:
        """Raise the refusal."""
        raise self._refusal


def environ_of(scope: Scope, body: bytes | BankcoreError) -> WSGIEnvironment:
    """The WSGI environment of that request with that body, or with the reason why there is none."""
    server, client = scope.get("server") or ("localhost", 0), scope.get("client")
    environ: dict[str, Any] = {
        **_FIXED,
        "REQUEST_METHOD": scope["method"],
        "PATH_INFO": _path(scope),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1]),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.input": RefusedBody(body) if isinstance(body, BankcoreError) else BytesIO(body),
    }
    if client is not None:
        environ["REMOTE_ADDR"] = client[0]
    _add_headers(environ, scope["headers"])
    return environ


def _path(scope: Scope) -> str:
    # An encoded slash is a character of a name and separates nothing, so that each path has one spelling.
    raw = _ENCODED_SLASH.sub(b"%252F", scope["raw_path"])
    return unquote_to_bytes(raw).decode("latin-1")


def _add_headers(environ: dict[str, Any], lines: Iterable[tuple[bytes, bytes]]) -> None:
    names: list[str] = []
    for raw_name, raw_value in lines:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        names.append(name)
        # WSGI cannot tell it from the name with hyphens.
        if "_" in name:
            continue
        key = _OWN_NAMES.get(name) or f"HTTP_{name.upper().replace('-', '_')}"
        environ[key] = f"{environ[key]},{value}" if key in environ else value
    environ[ENVIRON_KEY] = names
