"""Canonical bytes: one value, one byte string, for ever (RFC 8785).

Names sorted by their UTF-16 code units, no white space, UTF-8, the shortest escapes; amounts are decimal strings,
instants UTC with microseconds, ids as RFC 9562 has them. Numbers are whole, because programs print fractions
differently.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

import orjson

CanonicalValue = str | int | bool | UUID | Sequence["CanonicalValue"] | Mapping[str, "CanonicalValue"] | None


def canonical_bytes(document: Mapping[str, CanonicalValue]) -> bytes:
    """The document as its one byte string."""
    written = orjson.dumps(document, option=orjson.OPT_SORT_KEYS)
    # Sorted by bytes is sorted by UTF-16 code units, but for names beyond the first 65,536 characters.
    return written if written.isascii() else orjson.dumps(_in_order(document))


def _in_order(value: CanonicalValue) -> CanonicalValue:
    if isinstance(value, Mapping):
        return {name: _in_order(value[name]) for name in sorted(value, key=_utf_16)}
    if isinstance(value, str | int | UUID | None):
        return value
    return [_in_order(each) for each in value]


def _utf_16(name: str) -> bytes:
    return name.encode("utf-16-be")
