"""Money: an exact number of minor units of one currency, and nothing else."""

import re
from dataclasses import dataclass
from functools import total_ordering
from typing import ClassVar, Final

from bankcore.errors import InvalidRequestError, RejectedError
from bankcore.identifiers import AccountId
from bankcore.iso_4217 import ISO_4217

MINOR_MAX: Final = 2**63 - 1
"""Largest amount in minor units, of either sign: what a BIGINT holds, but symmetric, so that each has a negative."""

_EXPONENTS: Final = {code: exponent for code, exponent, _name in ISO_4217}
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
        if type(self.exponent) is not int or _EXPONENTS.get(self.code) != self.exponent:
            raise InvalidRequestError(pointer="/currency", detail="not a currency of ISO 4217")

    @classmethod
    def of(cls, code: str) -> "Currency":
        """The currency with that alphabetic code.

        Raises:
            InvalidRequestError: ISO 4217 knows no such code.
        """
        try:
            return CURRENCIES[code]
        except (KeyError, TypeError):
            raise InvalidRequestError(pointer="/currency", detail="not a currency code of ISO 4217") from None

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
            raise InvalidRequestError(pointer="/currency", detail='a currency is written Currency.of("NPR")')
        if type(self.minor) is not int:
            raise InvalidRequestError(pointer="/amount", detail="an amount is a whole number of minor units")
        if not -MINOR_MAX <= self.minor <= MINOR_MAX:
            raise AmountOutOfRangeError(currency=self.currency.code)

    @classmethod
    def of(cls, amount: str, currency: str) -> "Money":
        """Read a decimal string such as `"100.50"` in major units.

        Raises:
            InvalidRequestError: not a plain decimal number, more decimals than the currency has, or no such currency.
            AmountOutOfRangeError: more than 64 bits of minor units.
        """
        known = Currency.of(currency)
        # Callers without a type checker do pass floats.
        match = _DECIMAL.fullmatch(amount) if isinstance(amount, str) else None  # type: ignore[redundant-expr]
        if match is None:
            raise InvalidRequestError(pointer="/amount", detail='an amount is a decimal string such as "100.50"')
        sign, whole, fraction = match[1], match[2], match[3] or ""
        if len(fraction) > known.exponent:
            raise InvalidRequestError(
                pointer="/amount", detail=f"{known.code} has {known.exponent} decimals, the amount has {len(fraction)}"
            )
        minor = int(whole + fraction.ljust(known.exponent, "0"))
        return cls(-minor if sign else minor, known)

    @classmethod
    def zero(cls, currency: Currency) -> "Money":
        """No money, of that currency."""
        return cls(0, currency)

    def to_decimal_string(self) -> str:
        """The amount in major units with exactly the currency's decimals, for example `-0.05`."""
        return format_minor(self.minor, self.currency.exponent)

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

    def __add__(self, other: "Money") -> "Money":
        """The exact sum; CurrencyMismatchError, AmountOutOfRangeError."""
        return Money(self.minor + self._same_currency(other).minor, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        """The exact difference; CurrencyMismatchError, AmountOutOfRangeError."""
        return Money(self.minor - self._same_currency(other).minor, self.currency)

    def __neg__(self) -> "Money":
        """The same amount the other way."""
        return Money(-self.minor, self.currency)

    def __lt__(self, other: "Money") -> bool:
        """Less of the same currency; CurrencyMismatchError."""
        return self.minor < self._same_currency(other).minor

    def __bool__(self) -> bool:
        """Whether there is any money."""
        return self.minor != 0

    def _same_currency(self, other: "Money") -> "Money":
        # Callers without a type checker do add numbers.
        if not isinstance(other, Money):
            raise TypeError(f'money goes with money, such as Money.of("1.00", "NPR"), not with {type(other).__name__}')
        if self.currency != other.currency:
            raise CurrencyMismatchError(expected=self.currency.code, actual=other.currency.code)
        return other


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
