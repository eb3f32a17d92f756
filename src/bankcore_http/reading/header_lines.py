"""Checks the header lines as the client sent them: a header with one value comes once, in one spelling."""

from collections import Counter
from collections.abc import Sequence
from typing import Final
from wsgiref.types import WSGIEnvironment

from bankcore_http.answering.errors import BadRequestError

ENVIRON_KEY: Final = "bankcore.header_names"
"""The key under which a server leaves the names of the header lines, in lower case, one for each line."""

_SINGLE: Final = {
    name.lower(): name
    for name in (
        "Authorization",
        "Content-Encoding",
        "Content-Length",
        "Content-Type",
        "Host",
        "Idempotency-Key",
        "Transfer-Encoding",
        "X-API-Key",
        "X-Forwarded-Proto",
        "X-Request-Id",
        "X-Tenant",
    )
}
_LISTS: Final = frozenset({"x-forwarded-for"})


def require_single_lines(environ: WSGIEnvironment) -> None:
    """Require that each header with one value came once.

    WSGI joins lines of one name by a comma and takes `_` for `-`, so this checks the names that the server counted. A
    server that does not count them leaves nothing to check.

    Raises:
        BadRequestError: such a header came twice, or spelled with underscores.
    """
    names: Sequence[str] | None = environ.get(ENVIRON_KEY)
    if names is not None and (pointed := _find_ambiguous(names)):
        name, detail = pointed
        raise BadRequestError(pointer=f"/headers/{name}", detail=detail)


def lines_are_counted(environ: WSGIEnvironment) -> bool:
    """Whether the server counted the lines, so that a value with a comma is known to be one line."""
    return ENVIRON_KEY in environ


def _find_ambiguous(names: Sequence[str]) -> tuple[str, str] | None:
    # Nearly every request has no name twice, and none with an underscore.
    if len(set(names)) == len(names) and "_" not in "".join(names):
        return None
    for name, lines in Counter(names).items():
        if lines > 1 and name in _SINGLE:
            return _SINGLE[name], "send this header once"
        if "_" in name:
            meant = name.replace("_", "-")
            if meant in _SINGLE or meant in _LISTS:
                return _SINGLE.get(meant, meant), "spell this header with hyphens"
    return None
