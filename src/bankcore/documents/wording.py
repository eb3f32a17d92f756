"""How documents for people write instants, amounts and kinds: in English, whatever the locale of the server is."""

from datetime import UTC, datetime
from typing import Final

from bankcore.money import Currency, Money, format_minor

_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_INITIALS: Final = frozenset({"fx"})
_MINUS: Final = "\N{MINUS SIGN}"


def day_for_people(instant: datetime) -> str:
    """The day in UTC: `31 January 2026`."""
    in_utc = instant.astimezone(UTC)
    return f"{in_utc.day} {_MONTHS[in_utc.month - 1]} {in_utc.year}"


def instant_for_people(instant: datetime) -> str:
    """The instant to the second: `31 January 2026, 12:00:00 UTC`."""
    return f"{day_for_people(instant)}, {instant.astimezone(UTC):%H:%M:%S} UTC"


def kind_for_people(kind: str) -> str:
    """The kind of a transaction in words: `card_payment` -> `Card payment`, `fx_transfer` -> `FX transfer`."""
    words = [word.upper() if word in _INITIALS else word for word in kind.split("_")]
    text = " ".join(words)
    return text[:1].upper() + text[1:]


def amount_for_people(amount: Money) -> str:
    """The number in groups of three, with the decimals of its currency and a real minus sign, not a hyphen."""
    return minor_for_people(amount.minor, amount.currency)


def minor_for_people(minor: int, currency: Currency) -> str:
    """The same for a sum of many amounts, which may be more than one amount can be."""
    whole, point, decimals = format_minor(abs(minor), currency.exponent).partition(".")
    return f"{_MINUS if minor < 0 else ''}{int(whole):,}{point}{decimals}"
