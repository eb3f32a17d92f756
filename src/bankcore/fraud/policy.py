"""Policies: the limits of each rule in seconds, percent and minor units, and from how many points on what follows."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Final

from bankcore.errors import InvalidRequestError
from bankcore.money import CURRENCIES, MINOR_MAX

_HOUR_S: Final = 3_600
_DAY_S: Final = 24 * _HOUR_S
# Ten years in seconds. Greater numbers would change nothing.
_LIMIT_MAX: Final = 3_650 * _DAY_S
_HUNDRED_PERCENT: Final = 100

REPORTING_THRESHOLDS_MINOR: Final[Mapping[str, int]] = MappingProxyType(
    {
        "AUD": 1_000_000,
        "CAD": 1_000_000,
        "EUR": 1_000_000,
        "GBP": 1_000_000,
        "INR": 100_000_000,
        "JPY": 2_000_000,
        "KES": 100_000_000,
        "KWD": 3_000_000,
        "NGN": 500_000_000,
        "NPR": 100_000_000,
        "USD": 1_000_000,
    }
)
"""Amounts from which a bank usually has to report, in minor units; each tenant sets its own."""

SIGNIFICANT_MINOR: Final[Mapping[str, int]] = MappingProxyType(
    {
        "AUD": 50_000,
        "CAD": 50_000,
        "EUR": 50_000,
        "GBP": 50_000,
        "INR": 2_500_000,
        "JPY": 50_000,
        "KES": 5_000_000,
        "KWD": 150_000,
        "NGN": 25_000_000,
        "NPR": 5_000_000,
        "USD": 50_000,
    }
)
"""Amounts below which a movement is no case, in minor units."""


def _require_natural(number: int, name: str, *, most: int) -> None:
    if type(number) is not int or not 0 <= number <= most:
        raise InvalidRequestError(pointer=f"/{name}", detail=f"a whole number from 0 to {most}")


class _Limits:
    """Numbers that are whole and not negative; `points` of 0 switch a rule off."""

    __slots__ = ()

    def __post_init__(self) -> None:
        """Refuse values that are no whole numbers, and negative ones."""
        for limit in fields(self):  # type: ignore[arg-type] # every subclass is a dataclass
            _require_natural(getattr(self, limit.name), limit.name, most=_LIMIT_MAX)


@dataclass(frozen=True, slots=True, kw_only=True)
class VelocityLimits(_Limits):
    """The account makes `count` movements out within `window_s`."""

    points: int = 50
    window_s: int = _HOUR_S
    count_min: int = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class StructuringLimits(_Limits):
    """Several movements in one direction each stay below the threshold, but come near it."""

    points: int = 60
    window_s: int = 7 * _DAY_S
    count_min: int = 3
    near_percent: int = 60

    @property
    def parts_needed(self) -> int:
        """How many of the smallest parts are enough in number and reach the threshold."""
        return max(self.count_min, -(-_HUNDRED_PERCENT // self.near_percent) if self.near_percent else _LIMIT_MAX)


@dataclass(frozen=True, slots=True, kw_only=True)
class LargeLimits(_Limits):
    """Many times as much as ever left the account, once it has made enough payments for long enough."""

    points: int = 50
    multiple: int = 3
    history_min: int = 10
    history_s: int = 35 * _DAY_S


@dataclass(frozen=True, slots=True, kw_only=True)
class RapidLimits(_Limits):
    """Most of the money that came in leaves again within `window_s`, to strangers or as cash."""

    points: int = 50
    window_s: int = _DAY_S
    percent_min: int = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class DormantLimits(_Limits):
    """Nothing moved for a long time, until the account woke up a short time ago."""

    points: int = 30
    quiet_s: int = 180 * _DAY_S
    awake_s: int = 3 * _DAY_S


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPayeeLimits(_Limits):
    """Money goes to an account that this one never had to do with, once it has made enough payments.

    `record_points` count instead of `points` if it is also a great part of the most that ever left the account.
    """

    points: int = 20
    history_min: int = 5
    record_points: int = 50
    record_percent: int = 150


@dataclass(frozen=True, slots=True, kw_only=True)
class FraudPolicy:
    """The limits of one tenant.

    Amounts are minor units by currency: a currency without a threshold has no structuring, one without a significant
    amount has none that is too small. From `case_points` on a movement becomes a case; from `freeze_points` on, if
    there is such a number, its account is frozen as well.
    """

    velocity: VelocityLimits = VelocityLimits()
    structuring: StructuringLimits = StructuringLimits()
    large: LargeLimits = LargeLimits()
    rapid: RapidLimits = RapidLimits()
    dormant: DormantLimits = DormantLimits()
    new_payee: NewPayeeLimits = NewPayeeLimits()
    threshold_minor: Mapping[str, int] = field(default_factory=lambda: REPORTING_THRESHOLDS_MINOR)
    significant_minor: Mapping[str, int] = field(default_factory=lambda: SIGNIFICANT_MINOR)
    case_points: int = 50
    freeze_points: int | None = None

    def __post_init__(self) -> None:
        """Refuse invalid amounts and currencies, and cases from zero points on."""
        for name in ("threshold_minor", "significant_minor"):
            amounts: Mapping[str, int] = getattr(self, name)
            for code, amount_minor in amounts.items():
                _require_natural(amount_minor, f"{name}/{code}", most=MINOR_MAX)
                if code not in CURRENCIES:
                    raise InvalidRequestError(pointer=f"/{name}/{code}", detail="not a currency code of ISO 4217")
            object.__setattr__(self, name, MappingProxyType(dict(amounts)))
        for name in ("case_points", "freeze_points"):
            points: int | None = getattr(self, name)
            if points is not None and (type(points) is not int or points < 1):
                raise InvalidRequestError(pointer=f"/{name}", detail="at least one point")

    def is_significant(self, amount_minor: int, currency_code: str) -> bool:
        """Whether the amount is large enough for a case."""
        return amount_minor >= self.significant_minor.get(currency_code, 0)

    def is_part(self, amount_minor: int, currency_code: str) -> bool:
        """Whether the amount stays below the threshold, but comes near it."""
        threshold_minor = self.threshold_minor.get(currency_code)
        return (
            threshold_minor is not None
            and amount_minor < threshold_minor
            and amount_minor * _HUNDRED_PERCENT >= threshold_minor * self.structuring.near_percent
        )

    def freezes(self, points: int) -> bool:
        """Whether that many points freeze the account."""
        return self.freeze_points is not None and points >= self.freeze_points
