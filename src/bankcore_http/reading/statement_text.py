"""The text of a file inside a JSON body, and what is wrong with its lines."""

from typing import Annotated, Final

from bankcore.documents.bank_statements import Unreadable
from bankcore_http.answering.errors import FieldError, InvalidFieldsError
from bankcore_http.reading.fields import Spelling

CONTENT_LENGTH_MAX: Final = 4 * 1024 * 1024
CONTENT_BYTES_MAX: Final = 2 * CONTENT_LENGTH_MAX
"""Of the body: JSON writes some characters with more bytes."""
LINES_TOLD_MAX: Final = 100
"""More wrong lines than these are not told: such a file is another one."""


def _read_content(value: object) -> str:
    if not isinstance(value, str) or not 1 <= len(value) <= CONTENT_LENGTH_MAX:
        raise ValueError(f"the text of a file, of at most {CONTENT_LENGTH_MAX} characters")
    return value


FileText = Annotated[str, Spelling(_read_content, type="string", minLength=1, maxLength=CONTENT_LENGTH_MAX)]


def wrong_lines(found: Unreadable) -> InvalidFieldsError:
    """The refusal that names each wrong line of `/content`."""
    told = [FieldError("/content", f"line {bad.line}: {bad.problem}") for bad in found.lines[:LINES_TOLD_MAX]]
    return InvalidFieldsError(field_errors=tuple(told))
