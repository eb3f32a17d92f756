"""Money: an exact number of minor units of one currency, and nothing else."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import total_ordering
from typing import ClassVar, Final, NoReturn

from bankcore.arguments import but
from bankcore.decimals import Number, decimal_of, minor_of, ratio_of
from bankcore.errors import InvalidRequestError, RejectedError
from bankcore.formats import localized
from bankcore.identifiers import AccountId
from bankcore.iso_4217 import ISO_4217
from bankcore.rounding import Rounding, rounded, shares

MINOR_MAX: Final = 2**63 - 1
"""Largest amount in minor units, of either sign: what a BIGINT holds, but symmetric, so that each has a negative."""

_EXPONENTS: Final = {code: exponent for code, exponent, _name in ISO_4217}
_WRITTEN: Final = 'an amount is written Money.of("100.50", "NPR"); Money(10050, Currency.of("NPR")) takes minor units'
_WEIGHTS: Final = "weights are a list of exact numbers, such as [95, 5]"
_DECIMAL: Final = re.compile(r"(-?)(0|[1-9][0-9]{0,39})(?:\.([0-9]{1,4}))?", re.ASCII)


@dataclass(eq=True, unsafe_hash=True, kw_only=True)
class AmountOutOfRangeError(RejectedError):
    """The result is more than an amount can be, or than may be on that account: at most `balance_max`."""

    code: ClassVar[str] = "amount_out_of_range"
    title: ClassVar[str] = "The amount is out of range"
    currency: str
    account_id: AccountId | None = None
    balance_max: "Money | None" = None


@dataclass(eq=True, unsafe_hash=True, kw_only=True)
class CurrencyMismatchError(RejectedError):
    """Two currencies met where only one may be; there is no implicit conversion."""

    code: ClassVar[str] = "currency_mismatch"
    title: ClassVar[str] = "The currencies do not match"
    expected: str
    actual: str


@dataclass(frozen=True, slots=True)
class Currency:
    """A currency of ISO 4217; `exponent` is the number of decimals of its minor unit."""

    code: str
    exponent: int

    def __post_init__(self) -> None:
        """Refuse a currency that ISO 4217 does not know, or knows with another minor unit."""
        # Callers without a type checker do pass what cannot even be looked for.
        is_known = isinstance(self.code, str) and type(self.exponent) is int  # type: ignore[redundant-expr]
        if not is_known or _EXPONENTS.get(self.code) != self.exponent:
            raise InvalidRequestError(pointer="/currency", detail="not a currency of ISO 4217")

    @classmethod
    def of(cls, code: "str | Currency") -> "Currency":
        """The currency with that alphabetic code; a currency is given back as it is.

        Raises:
            InvalidRequestError: ISO 4217 knows no such code.
        """
        try:
            return CURRENCIES[code]  # type: ignore[index] # whatever is no code is not found
        except (KeyError, TypeError):
            if isinstance(code, Currency):
                return code
            raise InvalidRequestError(pointer="/currency", detail=_unknown(code)) from None

    def __str__(self) -> str:
        """The code."""
        return self.code


CURRENCIES: Final[dict[str, Currency]] = {code: Currency(code, exponent) for code, exponent in _EXPONENTS.items()}
"""Every currency by its code; one shared object each."""


@total_ordering
@dataclass(frozen=True, slots=True)
class Money:
    """A whole number of `minor` units of `currency`; arithmetic is exact, checked, and never mixes currencies."""

    minor: int
    currency: Currency

    def __post_init__(self) -> None:
        """Refuse what is not an amount: floats and booleans too, which Python would let pass as numbers."""
        if type(self.currency) is not Currency:
            raise InvalidRequestError(pointer="/currency", detail=_WRITTEN)
        if type(self.minor) is not int:
            raise InvalidRequestError(pointer="/amount", detail=f"{_WRITTEN}{but(self.minor)}")
        if not -MINOR_MAX <= self.minor <= MINOR_MAX:
            raise AmountOutOfRangeError(currency=self.currency.code)

    @classmethod
    def of(cls, amount: Number, currency: str | Currency) -> "Money":
        """An amount in major units: a decimal string such as `"100.50"`, a whole number, or a Decimal.

        A string has at most the decimals of the currency. A Decimal may have more, if those are zeros, as a column of
        fixed scale gives it: `Decimal("100.5000")` is exact, and `Decimal("1.005")` is refused in a currency with two.

        Raises:
            InvalidRequestError: not such a number, more decimals than the currency has, or no such currency.
            AmountOutOfRangeError: more than 64 bits of minor units.
        """
        known = Currency.of(currency)
        if isinstance(amount, str):
            return cls(_minor_of_text(amount, known), known)
        # A truth value is a number to Python, and none to us.
        if type(amount) is int:
            return cls(amount * 10**known.exponent, known)
        return cls(minor_of(amount, known.exponent), known)

    @classmethod
    def zero(cls, currency: str | Currency) -> "Money":
        """No money, of that currency."""
        return cls(0, Currency.of(currency))

    @classmethod
    def sum(cls, amounts: "Iterable[Money]", currency: str | Currency) -> "Money":
        """The exact sum; nothing is zero of that currency. Raises: CurrencyMismatchError, AmountOutOfRangeError."""
        nothing = cls.zero(currency)
        # Callers without a type checker do pass one amount.
        if not isinstance(amounts, Iterable):
            raise InvalidRequestError(pointer="/amounts", detail="amounts are a list of Money")
        return cls(sum((nothing + amount).minor for amount in amounts), nothing.currency)

    def allocate(self, weights: Sequence[Number]) -> "list[Money]":
        """The amount shared out in proportion to the weights; the shares sum to it exactly.

        Each share is first rounded towards zero; the minor units that are then left go to those who lost most by it,
        one each, of equals to the first: `Money.of("0.05", "NPR").allocate([70, 30])` is 0.04 and 0.01.

        Raises:
            InvalidRequestError: a weight that is negative or no exact number, or none above zero.
        """
        # A text is a sequence of its characters to Python.
        if not isinstance(weights, Sequence) or isinstance(weights, str | bytes):  # type: ignore[redundant-expr]
            raise InvalidRequestError(
                pointer="/weights", detail=f"{_WEIGHTS}; this is of type {type(weights).__name__}"
            )
        ratios = [ratio_of(weight, "/weights") for weight in weights]
        numerators = [numerator for numerator, _denominator in ratios]
        if not any(numerators) or min(numerators) < 0:
            raise InvalidRequestError(
                pointer="/weights", detail=f"{_WEIGHTS}, none below zero and not all of them zero"
            )
        return [Money(minor, self.currency) for minor in shares(self.minor, ratios)]

    def percentage(self, rate: Number, *, rounding: Rounding) -> "Money":
        """So many percent of the amount, rounded to a minor unit as said: `percentage("2.9", rounding=...)` is 2.9 %.

        Raises:
            InvalidRequestError: the rate is no exact number, or the rounding is not one of `Rounding`.
            AmountOutOfRangeError: more than 64 bits of minor units.
        """
        # Callers without a type checker do pass the words of the decimal module.
        if not isinstance(rounding, Rounding):
            raise InvalidRequestError(pointer="/rounding", detail="a rounding is written Rounding.HALF_EVEN")
        numerator, denominator = ratio_of(rate, "/rate")
        return Money(rounded(self.minor * numerator, denominator * 100, rounding), self.currency)

    def to_decimal(self) -> Decimal:
        """The amount in major units as a Decimal with exactly the currency's decimals."""
        return decimal_of(self.minor, self.currency.exponent)

    def to_decimal_string(self) -> str:
        """The amount in major units with exactly the currency's decimals, for example `-0.05`."""
        return format_minor(self.minor, self.currency.exponent)

    def format(self, locale: str) -> str:
        """For people of that locale, such as `"en_US"` or `"ne_NP"`, with the decimals of ISO 4217.

        Raises:
            InvalidRequestError: there is no such locale.
            ImportError: Babel is missing: `pip install 'bankcore[format]'`.
        """
        return localized(self.to_decimal(), self.currency.code, self.currency.exponent, locale)

    def require_positive(self) -> "Money":
        """This amount, if it is more than zero.

        Raises:
            InvalidRequestError: zero or less.
        """
        if self.minor <= 0:
            raise InvalidRequestError(pointer="/amount", detail="the amount must be more than zero")
        return self

    def __str__(self) -> str:
        """For people: `100.50 NPR`."""
        return f"{self.to_decimal_string()} {self.currency.code}"

    def __format__(self, spec: str) -> str:
        """As `str`, filled and aligned as texts are: `f"{amount:>20}"`."""
        return format(str(self), spec)

    def __add__(self, other: "Money") -> "Money":
        """The exact sum; CurrencyMismatchError, AmountOutOfRangeError."""
        return Money(self.minor + self._same_currency(other).minor, self.currency)

    def __radd__(self, other: object) -> "Money":
        """For `sum`, which begins with the number 0; nothing else goes before money but money."""
        if type(other) is int and other == 0:
            return self
        raise TypeError(_goes_with_money(other))

    def __sub__(self, other: "Money") -> "Money":
        """The exact difference; CurrencyMismatchError, AmountOutOfRangeError."""
        return Money(self.minor - self._same_currency(other).minor, self.currency)

    def __neg__(self) -> "Money":
        """The same amount the other way."""
        return Money(-self.minor, self.currency)

    def __abs__(self) -> "Money":
        """The same amount without its sign."""
        return Money(abs(self.minor), self.currency)

    def __mul__(self, times: int) -> "Money":
        """So many times the amount; AmountOutOfRangeError. For a part of it, `percentage` and `allocate` say how."""
        if type(times) is not int:
            raise TypeError(
                f"money is multiplied by whole numbers, not by {type(times).__name__}; write percentage or allocate"
            )
        return Money(self.minor * times, self.currency)

    __rmul__ = __mul__

    def __truediv__(self, _parts: object) -> NoReturn:
        """Nothing: a part of an amount may have to be rounded, and `percentage` and `allocate` say how."""
        raise TypeError("money is not divided, because the parts would not sum to it; write percentage or allocate")

    def __lt__(self, other: "Money") -> bool:
        """Less of the same currency; CurrencyMismatchError."""
        return self.minor < self._same_currency(other).minor

    def __bool__(self) -> bool:
        """Whether there is any money."""
        return self.minor != 0

    def _same_currency(self, other: "Money") -> "Money":
        # Callers without a type checker do add numbers.
        if not isinstance(other, Money):
            raise TypeError(_goes_with_money(other))
        if self.currency != other.currency:
            raise CurrencyMismatchError(expected=self.currency.code, actual=other.currency.code)
        return other


def _minor_of_text(text: str, currency: Currency) -> int:
    match = _DECIMAL.fullmatch(text)
    if match is None:
        raise InvalidRequestError(pointer="/amount", detail='an amount is a decimal string such as "100.50"')
    sign, whole, fraction = match[1], match[2], match[3] or ""
    if len(fraction) > currency.exponent:
        raise InvalidRequestError(
            pointer="/amount",
            detail=f"{currency.code} has {currency.exponent} decimals, the amount has {len(fraction)}",
        )
    minor = int(whole + fraction.ljust(currency.exponent, "0"))
    return -minor if sign else minor


def _unknown(code: object) -> str:
    if isinstance(code, str) and code.upper() in CURRENCIES:
        return f"codes are upper case: {code.upper()}"
    return "not a currency code of ISO 4217"


def _goes_with_money(other: object) -> str:
    return f'money goes with money, such as Money.of("1.00", "NPR"), not with {type(other).__name__}'


def format_minor(minor: int, exponent: int) -> str:
    """Minor units as a decimal string with `exponent` decimals."""
    if exponent == 0:
        return str(minor)
    signed = str(minor)
    if len(signed) > exponent + (minor < 0):
        # Nearly always, and every entry is written twice.
        return f"{signed[:-exponent]}.{signed[-exponent:]}"
    digits = str(abs(minor)).rjust(exponent + 1, "0")
    sign = "-" if minor < 0 else ""
    return f"{sign}{digits[:-exponent]}.{digits[-exponent:]}"
