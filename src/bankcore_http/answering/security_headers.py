"""The headers that every answer carries, successes and failures alike."""

from typing import Final

API_POLICY: Final = "default-src 'none'; frame-ancestors 'none'"

DOCS_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""For the documentation page alone: its scripts come from this origin, and none is inline."""

_FIXED: Final = [
    ("X-Content-Type-Options", "nosniff"),
    ("Cache-Control", "no-store"),
    ("Content-Security-Policy", API_POLICY),
    ("Strict-Transport-Security", "max-age=63072000; includeSubDomains"),
    ("Referrer-Policy", "no-referrer"),
]
_REPLACEABLE: Final = frozenset({"Cache-Control", "Content-Security-Policy"})


def with_security_headers(headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """A new list of an answer's headers with the fixed ones; an answer may bring its own caching and content policy."""
    if _REPLACEABLE.isdisjoint([name for name, _value in headers]):
        return headers + _FIXED
    own = {name for name, _value in headers} & _REPLACEABLE
    return headers + [fixed for fixed in _FIXED if fixed[0] not in own]
