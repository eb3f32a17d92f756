"""The error for several wrong members at once, each with its JSON pointer."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from bankcore_http.answering.errors import FieldError, InvalidFieldsError
from bankcore_http.reading.fields import WrongMembersError
from bankcore_http.reading.strict_json import escape_pointer

_MAX_REPORTED: Final = 20
_MISSING: Final = "missing"
_TOLD: Final[Mapping[str, str]] = {
    _MISSING: "Missing data for required field.",
    "extra_forbidden": "Unknown field.",
    "list_type": "Not a valid list.",
    "model_type": "Invalid input type.",
}
FORM: Final = "#"
"""How the tag of a form begins, when a member or an element of a list has one of several."""
_NULL: Final = "Field may not be null."


def invalid_fields(error: ValidationError, prefix: str) -> InvalidFieldsError:
    """The error for the problems that pydantic found; it names the first twenty places."""
    found = [each for one in error.errors(include_url=False) for each in _field_errors(one, prefix)]
    found.sort(key=lambda each: each.pointer)
    return InvalidFieldsError(field_errors=tuple(found[:_MAX_REPORTED]))


def _field_errors(error: ErrorDetails, prefix: str) -> Iterator[FieldError]:
    pointer = prefix + "".join(f"/{escape_pointer(str(step))}" for step in _steps_of(error["loc"]))
    cause = error.get("ctx", {}).get("error")
    if isinstance(cause, WrongMembersError):
        for key, problem in cause.problems.items():
            yield FieldError(f"{pointer}/{escape_pointer(key)}", problem)
    else:
        yield FieldError(pointer, _detail(error, cause))


def _steps_of(loc: Sequence[int | str]) -> Iterator[int | str]:
    """The steps that the client knows: after an element of a list or a member, pydantic names the form it has chosen.

    A member that is unknown may begin like a form; nothing comes after it.
    """
    for place, step in enumerate(loc):
        follows_element = place > 0 and isinstance(loc[place - 1], int)
        if not (str(step).startswith(FORM) and (follows_element or place < len(loc) - 1)):
            yield step


def _detail(error: ErrorDetails, cause: object) -> str:
    if error["input"] is None and error["type"] != "extra_forbidden":
        return _NULL
    return str(cause) if isinstance(cause, ValueError) else _TOLD.get(error["type"], error["msg"])
