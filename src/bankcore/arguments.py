"""What callers without a type checker pass by mistake: each is told what to write instead, before anything happens."""

import re
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from bankcore.errors import InvalidRequestError

_ID: Final = "an id is a UUID, such as `account.id`; write UUID(text) for one that is text"
_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")
_LIMIT_MAX: Final = 2**63 - 1


def require_a(kind: type, value: object, pointer: str, advice: str) -> None:
    """Require that the value is of that kind. Raises: InvalidRequestError, with the advice."""
    if not isinstance(value, kind):
        raise InvalidRequestError(pointer=pointer, detail=f"{advice}{but(value)}")


def but(value: object) -> str:
    """The end of an advice: of what type the value is that was passed instead."""
    kind = type(value).__name__
    reason = "; floats are not exact" if kind == "float" else ""
    return f"; this is of type {kind}{reason}"


def require_id(value: object, pointer: str) -> None:
    """Require that the value is an id. Raises: InvalidRequestError."""
    require_a(UUID, value, pointer, _ID)


def require_optional_id(value: object, pointer: str) -> None:
    """Require that the value is an id or None. Raises: InvalidRequestError."""
    if value is not None:
        require_id(value, pointer)


def require_ids(values: object, pointer: str) -> None:
    """Require that they are a sequence of ids. Raises: InvalidRequestError."""
    if not isinstance(values, Sequence):
        raise InvalidRequestError(pointer=pointer, detail="ids are a list of UUIDs")
    for value in values:
        require_id(value, pointer)


def require_optional_words(value: object, pointer: str) -> None:
    """Require that the value is None or a text that can be looked for. Raises: InvalidRequestError."""
    if value is not None:
        require_words(value, pointer)


def require_words(value: object, pointer: str) -> None:
    """Require that the value is a text that can be looked for. Raises: InvalidRequestError."""
    if not isinstance(value, str) or _UNSTORABLE.search(value):
        raise InvalidRequestError(pointer=pointer, detail="a text of valid Unicode, without NUL")


def require_count(value: object, pointer: str) -> None:
    """Require that the value is a whole number from zero on, as limits and places are. Raises: InvalidRequestError."""
    # A truth value is a number to Python, and none to us.
    if type(value) is not int or not 0 <= value <= _LIMIT_MAX:
        raise InvalidRequestError(pointer=pointer, detail="a whole number from 0 on")
