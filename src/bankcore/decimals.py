"""The door for Decimal: what a caller brings is read exactly or refused, and what a caller takes away is exact.

Nothing here depends on the context of the decimal module, which belongs to the program that we run in.
"""

import re
from decimal import Decimal
from typing import Final

from bankcore.arguments import but
from bankcore.errors import InvalidRequestError

Number = str | int | Decimal
"""An exact number: a decimal text such as `"2.5"`, a whole number, or a Decimal. Never a float."""

_PLAIN: Final = re.compile(r"-?[0-9]{1,40}(?:\.[0-9]{1,40})?", re.ASCII)
_DIGITS_MAX: Final = 40
"""Before or after the point: more are no number of this world, and arithmetic with them would not end."""


def minor_of(amount: object, exponent: int) -> int:
    """The amount, a Decimal in major units, in minor units of a currency with so many decimals.

    Raises:
        InvalidRequestError: it is no finite Decimal, or has more decimals than that, zeros at the end aside.
    """
    if not isinstance(amount, Decimal):
        raise InvalidRequestError(pointer="/amount", detail=_advice(amount))
    numerator, denominator = _ratio(amount, "/amount")
    scale: int = 10**exponent
    minor, rest = divmod(numerator * scale, denominator)
    if rest:
        quantum = decimal_of(1, exponent)
        raise InvalidRequestError(
            pointer="/amount",
            detail=f'the currency has {exponent} decimals, the amount has more: say how to round it, as in amount.quantize(Decimal("{quantum}"), ROUND_HALF_EVEN)',  # noqa: E501
        )
    return minor


def decimal_of(minor: int, exponent: int) -> Decimal:
    """So many minor units as a Decimal in major units, with exactly the decimals of the currency."""
    return Decimal((int(minor < 0), tuple(map(int, str(abs(minor)))), -exponent))


def ratio_of(value: object, pointer: str) -> tuple[int, int]:
    """The number as numerator and denominator. Raises: InvalidRequestError: it is none, or not an exact one."""
    if type(value) is int and abs(value) < 10**_DIGITS_MAX:
        return value, 1
    if isinstance(value, str) and _PLAIN.fullmatch(value):
        return _ratio(Decimal(value), pointer)
    if not isinstance(value, Decimal):
        raise InvalidRequestError(
            pointer=pointer, detail=f'an exact number, such as "2.5", 3 or Decimal("2.5"){but(value)}'
        )
    return _ratio(value, pointer)


def _ratio(value: Decimal, pointer: str) -> tuple[int, int]:
    if not value.is_finite() or (value and abs(value.adjusted()) >= _DIGITS_MAX):
        raise InvalidRequestError(pointer=pointer, detail=f"a finite number of fewer than {_DIGITS_MAX} digits")
    # Zero may have an exponent that no memory holds.
    return value.as_integer_ratio() if value else (0, 1)


def _advice(amount: object) -> str:
    return f'an amount is a decimal string such as "100.50", a whole number, or a Decimal{but(amount)}'
