"""A reader for query strings: each parameter once, valid UTF-8, nothing silently dropped."""

from typing import Final
from urllib.parse import parse_qsl

from bankcore.errors import InvalidRequestError
from bankcore_http.reading.strict_json import clean_text, escape_pointer

_MAX_PARAMETERS: Final = 32
_MAX_LENGTH: Final = 4096


def load_query(query_string: str) -> dict[str, str]:
    """The parameters of a raw query string, decoded and in NFC; the pointer of a parameter is `/query/<name>`.

    Raises:
        InvalidRequestError: a parameter comes twice, there are too many, or one is too long, not UTF-8 or has forbidden
            characters.
    """
    if not query_string:
        return {}
    if len(query_string) > _MAX_LENGTH:
        raise InvalidRequestError(pointer="/query", detail=f"the query is longer than {_MAX_LENGTH} characters")
    parameters: dict[str, str] = {}
    for name, value in _pairs(query_string):
        pointer = f"/query/{escape_pointer(name)}"
        if name in parameters:
            raise InvalidRequestError(pointer=pointer, detail="the parameter occurs twice")
        parameters[clean_text(name, pointer)] = clean_text(value, pointer)
    return parameters


def _pairs(query_string: str) -> list[tuple[str, str]]:
    try:
        # WSGI hands the raw bytes over as Latin-1, so this gives the bytes back.
        text = query_string.encode("latin-1").decode("utf-8")
        return parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=_MAX_PARAMETERS)
    except ValueError:
        # UnicodeError is a ValueError too; none of their messages is worth telling.
        raise InvalidRequestError(pointer="/query", detail="the query cannot be read") from None
