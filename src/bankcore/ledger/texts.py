"""Texts of callers: how long each may be, and what metadata is."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from bankcore.arguments import but, require_a
from bankcore.errors import InvalidRequestError
from bankcore.texts import find_unseen, require_text

REFERENCE_LENGTH_MAX: Final = 140
METADATA_ENTRIES_MAX: Final = 32
METADATA_KEY_LENGTH_MAX: Final = 64
METADATA_VALUE_LENGTH_MAX: Final = 500
NAME_LENGTH_MAX: Final = 100


def checked_metadata(metadata: Mapping[str, str]) -> Mapping[str, str]:
    """A private copy of the metadata, if every name and value can be stored and seen; InvalidRequestError."""
    require_a(Mapping, metadata, "/metadata", "metadata is a dict of texts")
    if len(metadata) > METADATA_ENTRIES_MAX:
        raise InvalidRequestError(pointer="/metadata", detail=f"at most {METADATA_ENTRIES_MAX} entries")
    for name, value in metadata.items():
        require_text(name, "/metadata", length_max=METADATA_KEY_LENGTH_MAX)
        problem = _find_problem(value)
        if problem is not None:
            pointer = f"/metadata/{name.replace('~', '~0').replace('/', '~1')}"
            raise InvalidRequestError(pointer=pointer, detail=problem)
    return MappingProxyType(dict(metadata))


def _find_problem(value: object) -> str | None:
    # Callers without a type checker pass numbers.
    if not isinstance(value, str):
        return f"text of at most {METADATA_VALUE_LENGTH_MAX} characters{but(value)}"
    if len(value) > METADATA_VALUE_LENGTH_MAX:
        return f"text of at most {METADATA_VALUE_LENGTH_MAX} characters"
    return find_unseen(value, is_multiline=True)
