"""Texts of callers: how long each may be, and what PostgreSQL cannot store."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from bankcore.errors import InvalidRequestError

REFERENCE_LENGTH_MAX: Final = 140
METADATA_ENTRIES_MAX: Final = 32
METADATA_KEY_LENGTH_MAX: Final = 64
METADATA_VALUE_LENGTH_MAX: Final = 500
NAME_LENGTH_MAX: Final = 100
_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")


def require_text(text: str, pointer: str, *, length_max: int) -> None:
    """Nothing, if the text has 1 to `length_max` characters and PostgreSQL can store it.

    Raises:
        InvalidRequestError: it is empty, too long, or holds NUL or a lone surrogate.
    """
    if not 1 <= len(text) <= length_max or _UNSTORABLE.search(text):
        raise InvalidRequestError(pointer=pointer, detail=f"1 to {length_max} characters of valid Unicode, without NUL")


def checked_metadata(metadata: Mapping[str, str]) -> Mapping[str, str]:
    """A private copy of the metadata, if every name and value can be stored; InvalidRequestError."""
    if len(metadata) > METADATA_ENTRIES_MAX:
        raise InvalidRequestError(pointer="/metadata", detail=f"at most {METADATA_ENTRIES_MAX} entries")
    for name, value in metadata.items():
        require_text(name, "/metadata", length_max=METADATA_KEY_LENGTH_MAX)
        # Callers without a type checker do pass numbers.
        if not isinstance(value, str) or len(value) > METADATA_VALUE_LENGTH_MAX or _UNSTORABLE.search(value):  # type: ignore[redundant-expr]
            raise InvalidRequestError(
                pointer=f"/metadata/{name.replace('~', '~0').replace('/', '~1')}",
                detail=f"text of at most {METADATA_VALUE_LENGTH_MAX} characters",
            )
    return MappingProxyType(dict(metadata))
