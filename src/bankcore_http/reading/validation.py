"""Validation failures of several fields at once, each with the JSON pointer of its place."""

from collections.abc import Iterator, Mapping
from typing import Final

from bankcore_http.answering.errors import FieldError, InvalidFieldsError
from bankcore_http.reading.strict_json import escape_pointer

_MAX_REPORTED: Final = 20
_WHOLE: Final = "_schema"


def invalid_fields(messages: object, prefix: str) -> InvalidFieldsError:
    """The error for what marshmallow found; the first twenty places are told."""
    found = sorted(_flatten(messages, prefix), key=lambda error: error.pointer)
    return InvalidFieldsError(field_errors=tuple(found[:_MAX_REPORTED]))


def _flatten(messages: object, pointer: str) -> Iterator[FieldError]:
    if isinstance(messages, Mapping):
        for key, inner in messages.items():
            yield from _flatten(inner, pointer if key == _WHOLE else f"{pointer}/{escape_pointer(str(key))}")
    elif isinstance(messages, list):
        yield from (FieldError(pointer, str(message)) for message in messages)
