"""The header lines as the client sent them: what may stand once stands once, and under one spelling."""

from collections import Counter
from collections.abc import Sequence
from typing import Final
from wsgiref.types import WSGIEnvironment

from bankcore_http.answering.errors import BadRequestError

ENVIRON_KEY: Final = "bankcore.header_names"
"""Where a server that knows the lines leaves their names, in lower case, one for each line."""

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
    """Nothing, if each header that has one value came once.

    WSGI joins lines of one name by a comma and takes `_` for `-`, so this looks at the names that the server counted;
    behind a server that did not count them nothing is known, and nothing is refused here.

    Raises:
        BadRequestError: such a header came twice, or spelled with underscores.
    """
    names: Sequence[str] | None = environ.get(ENVIRON_KEY)
    if names is not None and (pointed := _find_ambiguous(names)):
        name, detail = pointed
        raise BadRequestError(pointer=f"/headers/{name}", detail=detail)


def lines_are_counted(environ: WSGIEnvironment) -> bool:
    """Whether a value with a comma is known to be one line, and not several joined."""
    return ENVIRON_KEY in environ


def _find_ambiguous(names: Sequence[str]) -> tuple[str, str] | None:
    # Nearly every request: no name twice, and none with an underscore.
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
