"""A JSON reader for hostile bodies: accepts one plain JSON object and refuses all else."""

import json
import re
from math import isfinite
from typing import Final
from unicodedata import is_normalized, normalize

from bankcore.errors import InvalidRequestError
from bankcore_http.answering.errors import MalformedJsonError

MAX_DEPTH: Final = 32
MAX_INTEGER_DIGITS: Final = 19
"""No 64-bit number has more digits. Python itself refuses more than 4,300, and is slow long before that."""
_MAX_FLOAT_CHARACTERS: Final = 40

_BRACKETS: Final = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[\[{]|[\]}]', re.DOTALL)
"""A string, so that brackets inside it do not count, or one bracket. Possessive, so linear on any input."""

_FORBIDDEN: Final = re.compile("[\x00\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""NUL and lone surrogates break drivers; bidirectional controls make a text look like another one."""

JsonObject = dict[str, object]


def load_json_object(body: bytes) -> JsonObject:
    """The JSON object in these bytes, with all text in NFC.

    Raises:
        MalformedJsonError: not UTF-8, not JSON, a duplicate key, NaN, too deep, a number too long, or not an object.
        InvalidRequestError: a text has NUL, a lone surrogate or a bidirectional control; `pointer` tells where.
    """
    text = _decode(body)
    _require_shallow(text)
    try:
        loaded = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise MalformedJsonError(detail=f"{error.msg} at character {error.pos}") from None
    if type(loaded) is not dict:
        raise MalformedJsonError(detail="the body must be a JSON object")
    if text.isascii() and "\\u" not in text:
        return loaded
    return _clean_object(loaded, "")


def clean_text(text: str, pointer: str) -> str:
    """The text in NFC.

    Raises:
        InvalidRequestError: it has NUL, a lone surrogate or a bidirectional control.
    """
    if _FORBIDDEN.search(text) is not None:
        raise InvalidRequestError(pointer=pointer, detail="the text has characters that are not allowed")
    return text if is_normalized("NFC", text) else normalize("NFC", text)


def escape_pointer(key: str) -> str:
    """A key as one step of a JSON pointer (RFC 6901), cut so that the answer stays short."""
    return _FORBIDDEN.sub("\ufffd", key[:64]).replace("~", "~0").replace("/", "~1")


def _decode(body: bytes) -> str:
    if not body.strip():
        raise MalformedJsonError(detail="the body is empty")
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise MalformedJsonError(detail="the body is not UTF-8") from None
    if text.startswith("\ufeff"):
        raise MalformedJsonError(detail="the body starts with a byte order mark")
    return text


def _require_shallow(text: str) -> None:
    # So few brackets cannot nest too deep, which spares almost every request the scan.
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return
    depth = 0
    for token in _BRACKETS.finditer(text):
        first = text[token.start()]
        if first in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise MalformedJsonError(detail=f"nested deeper than {MAX_DEPTH} levels")
        elif first in "]}":
            depth -= 1


def _object(pairs: list[tuple[str, object]]) -> JsonObject:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise MalformedJsonError(detail="a key occurs twice in one object")
    return made


def _integer(digits: str) -> int:
    if len(digits) > MAX_INTEGER_DIGITS + 1:
        raise MalformedJsonError(detail=f"a number has more than {MAX_INTEGER_DIGITS} digits")
    return int(digits)


def _number(digits: str) -> float:
    value = float(digits) if len(digits) <= _MAX_FLOAT_CHARACTERS else float("inf")
    if not isfinite(value):
        raise MalformedJsonError(detail="a number is out of range")
    return value


def _constant(name: str) -> object:
    raise MalformedJsonError(detail=f"{name} is not JSON")


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_integer, parse_float=_number, parse_constant=_constant
)


def _clean_object(value: JsonObject, pointer: str) -> JsonObject:
    made: JsonObject = {}
    for key, item in value.items():
        place = f"{pointer}/{escape_pointer(key)}"
        made[clean_text(key, place)] = _clean(item, place)
    if len(made) != len(value):
        raise MalformedJsonError(detail="a key occurs twice in one object")
    return made


def _clean(value: object, pointer: str) -> object:
    if isinstance(value, str):
        return clean_text(value, pointer)
    if isinstance(value, dict):
        return _clean_object(value, pointer)
    if isinstance(value, list):
        return [_clean(item, f"{pointer}/{index}") for index, item in enumerate(value)]
    return value
