"""Exchange rates: exact decimals, the pair that each is for, and since when a source says so."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar, Final, NamedTuple, Self

from bankcore.clock import AHEAD
from bankcore.errors import InvalidRequestError, UnavailableError
from bankcore.money import Currency, Money, format_minor
from bankcore.rounding import Rounding, rounded

_TEXT: Final = re.compile(r"(0|[1-9][0-9]{0,14})(?:\.([0-9]{1,18}))?", re.ASCII)
BASIS_POINTS: Final = 10_000
"""A hundred percent."""
_BASIS_POINT_DECIMALS: Final = 4


class CurrencyPair(NamedTuple):
    """What is given, and what is got for it."""

    given: Currency
    got: Currency

    def __str__(self) -> str:
        """As rates are listed: `USD/NPR`."""
        return f"{self.given.code}/{self.got.code}"


@dataclass(frozen=True, slots=True)
class ExchangeRate:
    """How many major units are got for one that is given: exactly `digits` / 10 ** `decimals`.

    It is never rounded; only amounts are. Equal rates are equal objects, since zeros at the end are left out.
    """

    digits: int
    decimals: int

    def __post_init__(self) -> None:
        """Refuse what is no rate, and leave out zeros at the end."""
        # Callers without a type checker do pass floats.
        if type(self.digits) is not int or type(self.decimals) is not int or self.digits <= 0 or self.decimals < 0:
            raise InvalidRequestError(pointer="/rate", detail="a rate is more than zero")
        digits, decimals = self.digits, self.decimals
        while decimals and digits % 10 == 0:
            digits, decimals = digits // 10, decimals - 1
        object.__setattr__(self, "digits", digits)
        object.__setattr__(self, "decimals", decimals)

    @classmethod
    def of(cls, text: str) -> Self:
        """The rate in a decimal text such as `"133.25"`: at most 15 digits before the point and 18 after it.

        Raises:
            InvalidRequestError: it is none, or zero.
        """
        # Callers without a type checker do pass numbers.
        match = _TEXT.fullmatch(text) if isinstance(text, str) else None  # type: ignore[redundant-expr]
        if match is None:
            raise InvalidRequestError(pointer="/rate", detail='a rate is a decimal string such as "133.25"')
        fraction = match[2] or ""
        return cls(int(match[1] + fraction), len(fraction))

    def less(self, basis_points: int) -> Self:
        """The rate without so many hundredths of a percent of itself, exactly."""
        return type(self)(self.digits * (BASIS_POINTS - basis_points), self.decimals + _BASIS_POINT_DECIMALS)

    def convert(self, amount: Money, into: Currency, *, rounding: Rounding) -> Money:
        """What is got for the amount, rounded once, to a minor unit. Raises: AmountOutOfRangeError."""
        return Money(self.converted_minor(amount.minor, amount.currency, into, rounding=rounding), into)

    def converted_minor(self, minor: int, given: Currency, got: Currency, *, rounding: Rounding) -> int:
        """As `convert`, in minor units of either currency, for sums that are more than an amount can be."""
        numerator = minor * self.digits * 10**got.exponent
        denominator: int = 10 ** (self.decimals + given.exponent)
        return rounded(numerator, denominator, rounding)

    def __str__(self) -> str:
        """The exact decimal, such as `133.25`, without zeros at the end."""
        return format_minor(self.digits, self.decimals)


class RateAsOf(NamedTuple):
    """A rate, and the instant at which its source says it was so."""

    rate: ExchangeRate
    as_of: datetime


class RateProblem(StrEnum):
    """Why there is no rate."""

    NOT_SET_UP = "not_set_up"
    UNREACHABLE = "unreachable"
    TOO_SLOW = "too_slow"
    OVERLOADED = "overloaded"
    WRONG_ANSWER = "wrong_answer"
    NO_SUCH_RATE = "no_such_rate"
    TOO_OLD = "too_old"

    @property
    def concerns_all(self) -> bool:
        """Whether it would be the same with any other pair."""
        return self in {RateProblem.NOT_SET_UP, RateProblem.UNREACHABLE, RateProblem.TOO_SLOW, RateProblem.OVERLOADED}


@dataclass(eq=True, unsafe_hash=True, kw_only=True)
class FxUnavailableError(UnavailableError):
    """There is no present rate for this pair, and an old one is never used; nothing was recorded.

    `advice` says what the operator can do about it.
    """

    code: ClassVar[str] = "fx_unavailable"
    title: ClassVar[str] = "No exchange rate is available"
    pair: str
    problem: RateProblem
    advice: str | None = None

    @classmethod
    def of(cls, pair: CurrencyPair, problem: RateProblem, advice: str | None = None) -> Self:
        """The refusal of a rate for that pair."""
        return cls(pair=str(pair), problem=problem, advice=advice)

    def __str__(self) -> str:
        """The title, the pair and why, and what to do about it."""
        told = f"{self.title}: {self.pair}, {self.problem.replace('_', ' ')}"
        return told if self.advice is None else f"{told}; {self.advice}"


def require_present(found: RateAsOf, pair: CurrencyPair, *, at: datetime, age_max: timedelta) -> ExchangeRate:
    """The rate, if it is one of that instant.

    Raises:
        FxUnavailableError: it is older than `age_max`, or of a time that has not come.
    """
    if found.as_of - at > AHEAD:
        raise FxUnavailableError.of(pair, RateProblem.WRONG_ANSWER)
    if at - found.as_of > age_max:
        raise FxUnavailableError.of(pair, RateProblem.TOO_OLD)
    return found.rate
