"""Reads what providers say. What is missing or of another type is None, and nobody fills it in."""

import json
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Final

from bankcore.errors import BankcoreError
from bankcore.money import Money

_TEXT_LENGTH_MAX: Final = 500
_DIGITS_MAX: Final = 18


class Said:
    """A piece of a JSON document, of any type."""

    def __init__(self, value: object) -> None:
        self._value = value

    @classmethod
    def in_bytes(cls, body: bytes) -> "Said | None":
        """The object in these bytes; None if they are not one."""
        try:
            value = json.loads(body, parse_float=Decimal, parse_constant=_refuse)
        except (ValueError, RecursionError):
            return None
        return cls(value) if isinstance(value, dict) else None

    def at(self, *path: str) -> "Said":
        """What is there in the objects inside of this one."""
        value: object = self._value
        for name in path:
            value = value.get(name) if isinstance(value, dict) else None
        return Said(value)

    @property
    def items(self) -> "Sequence[Said]":
        """The items, if it is a list."""
        return [Said(item) for item in self._value] if isinstance(self._value, list) else []

    @property
    def is_list(self) -> bool:
        """Whether it is one, empty or not."""
        return isinstance(self._value, list)

    @property
    def text(self) -> str | None:
        """The text, if it is one that is not empty; long ones are cut. A whole number is its digits, as ids are."""
        if isinstance(self._value, str) and self._value:
            return self._value[:_TEXT_LENGTH_MAX]
        return str(self._value) if type(self._value) is int else None

    @property
    def truth(self) -> bool | None:
        """The truth value, if it is one."""
        return self._value if isinstance(self._value, bool) else None

    def minor(self, currency: str | None) -> Money | None:
        """An amount in minor units: a whole number, or its digits."""
        number = self._number()
        if number is None or currency is None or number != number.to_integral_value():
            return None
        return _money(lambda: Money(int(number), Money.zero(currency.upper()).currency))

    def major(self, currency: str | None) -> Money | None:
        """An amount in major units: a number, or its digits."""
        number = self._number()
        return None if number is None or currency is None else _money(lambda: Money.of(number, currency.upper()))

    def _number(self) -> Decimal | None:
        if isinstance(self._value, Decimal):
            return self._value if self._value.adjusted() < _DIGITS_MAX else None
        text = str(self._value) if type(self._value) is int else self._value
        # Some providers write thousands with commas.
        digits = text.replace(",", "") if isinstance(text, str) else ""
        whole, _point, fraction = digits.removeprefix("-").partition(".")
        if not (whole + fraction).isascii() or not (whole + fraction).isdecimal() or len(whole) > _DIGITS_MAX:
            return None
        return Decimal(digits)


def _money(make: Callable[[], Money]) -> Money | None:
    try:
        return make()
    except BankcoreError:
        return None


def _refuse(constant: str) -> object:
    raise ValueError(constant)
