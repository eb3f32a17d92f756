"""Refusals as bytes, to be kept with a key and given again: the code, and the facts by name.

A fact that JSON has no type for carries a tag. The form is fixed, because answers of an earlier version are read as
long as its keys live.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from datetime import datetime
from typing import Final
from uuid import UUID

from bankcore.errors import BankcoreError, LedgerInvariantError
from bankcore.money import CURRENCIES, Currency, Money

JsonValue = str | int | bool | list["JsonValue"] | dict[str, "JsonValue"] | None
_BEGINNING: Final = b'{"rejected":'


def encode_refusal(reason: BankcoreError) -> bytes:
    """The refusal as compact JSON. Raises: LedgerInvariantError: a fact is of a type that cannot be kept."""
    facts = {field.name: encode_value(getattr(reason, field.name)) for field in fields(reason)}
    return json.dumps({"rejected": reason.code, "facts": facts}, separators=(",", ":")).encode()


def find_refusal(encoded: bytes) -> BankcoreError | None:
    """The refusal, a new object that is equal to the first; None if the bytes are those of another answer."""
    return refusal_of(json.loads(encoded)) if encoded.startswith(_BEGINNING) else None


def refusal_of(document: Mapping[str, JsonValue]) -> BankcoreError:
    """The refusal that the document tells of."""
    facts = document["facts"]
    if not isinstance(facts, dict):
        raise LedgerInvariantError(f"a refusal with the facts {facts} is remembered")
    return _error_types()[str(document["rejected"])](**{name: decode_value(value) for name, value in facts.items()})


def encode_value(value: object) -> JsonValue:
    """The value as JSON has it, with a tag if JSON has no type for it. Raises: LedgerInvariantError."""
    match value:
        case None | str() | int():
            return value
        case UUID():
            return ["uuid", value.hex]
        case Money():
            return ["money", f"{value.minor} {value.currency.code}"]
        case Currency():
            return ["currency", value.code]
        case datetime():
            return ["instant", value.isoformat()]
        case bytes():
            return ["bytes", value.hex()]
        case _:
            raise LedgerInvariantError(f"a fact of type {type(value).__name__} cannot be kept")


def decode_value(value: JsonValue) -> object:
    """The value that was encoded."""
    if isinstance(value, list):
        tag, text = value
        return _DECODERS[str(tag)](str(text))
    return value


def _money_of(text: str) -> Money:
    minor, code = text.split(" ")
    return Money(int(minor), CURRENCIES[code])


def _error_types() -> dict[str, type[BankcoreError]]:
    """Every error by its code; collected each time, since a capability may define its own later."""
    by_code: dict[str, type[BankcoreError]] = {}
    for error_type in _family(BankcoreError):
        by_code.setdefault(error_type.code, error_type)
    return by_code


def _family(error_type: type[BankcoreError]) -> Iterator[type[BankcoreError]]:
    yield error_type
    for child in error_type.__subclasses__():
        yield from _family(child)


_DECODERS: Final[dict[str, Callable[[str], object]]] = {
    "uuid": UUID,
    "money": _money_of,
    "currency": CURRENCIES.__getitem__,
    "instant": datetime.fromisoformat,
    "bytes": bytes.fromhex,
}
