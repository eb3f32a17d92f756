"""Canonical bytes: one value, one byte string, for ever (after RFC 8785).

Keys sorted, no white space, UTF-8, amounts as decimal strings, instants as UTC with microseconds, ids as RFC 9562 has
them; integers only, since how a float prints is where canonical forms differ.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final
from uuid import UUID

import orjson

CanonicalValue = str | int | bool | UUID | Sequence["CanonicalValue"] | Mapping[str, "CanonicalValue"] | None

FORMAT_VERSION: Final = 1


def canonical_bytes(document: Mapping[str, CanonicalValue]) -> bytes:
    """The document as its one byte string, with the version of this format as `v`."""
    return orjson.dumps({"v": FORMAT_VERSION, **document}, option=orjson.OPT_SORT_KEYS)


@lru_cache(maxsize=64)
def instant_text(instant: datetime) -> str:
    """The instant as `2026-01-31T12:00:00.000000Z`."""
    return instant.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"
