"""JSON as providers write it: amounts in major units are numbers with exactly their decimals."""

import json
import re
from collections.abc import Mapping
from typing import Final

from bankcore.errors import BankcoreError
from bankcore.money import Money
from bankcore.testing.provider_simulator.http_server import SpokenAnswer

_MARK: Final = re.compile(r'"#number#(-?[0-9.]+)"')


def number(amount: Money) -> str:
    """The amount in major units, to be written as a number of JSON."""
    return f"#number#{amount.to_decimal_string()}"


def json_bytes(document: Mapping[str, object]) -> bytes:
    """The document, without needless spaces."""
    return _MARK.sub(r"\1", json.dumps(document, separators=(",", ":"))).encode()


def json_answer(status: int, document: Mapping[str, object]) -> SpokenAnswer:
    """An answer with that document."""
    return SpokenAnswer(status, json_bytes(document))


def said_in(body: bytes) -> Mapping[str, object]:
    """The object in the body; numbers are texts, so that none loses a digit. Nothing if it is none."""
    try:
        value: object = json.loads(body, parse_float=str, parse_int=str)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def text(document: Mapping[str, object], *path: str) -> str:
    """The text there; empty if there is none."""
    value: object = document
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, str) else ""


def minor(digits: str, currency: str) -> Money | None:
    """The amount in minor units that these digits say, if it is more than zero."""
    if not digits.isdecimal():
        return None
    try:
        return Money(int(digits), Money.zero(currency).currency).require_positive()
    except BankcoreError:
        return None


def major(digits: str, currency: str) -> Money | None:
    """The amount in major units that these digits say, if it is more than zero."""
    try:
        return Money.of(digits, currency).require_positive()
    except BankcoreError:
        return None
