"""Amounts as people of a country write them, by Babel, which is an extra of its own."""

from copy import copy
from decimal import Context, Decimal, localcontext
from typing import Final

from bankcore.errors import InvalidRequestError

# Of our own, because Babel rounds in whatever context the program has.
_EXACT: Final = Context(prec=100)


def localized(amount: Decimal, code: str, exponent: int, locale: str) -> str:
    """The amount in the manner of that locale, with the decimals of ISO 4217.

    Raises:
        InvalidRequestError: Babel knows no such locale.
        ImportError: Babel is not installed.
    """
    try:
        from babel import Locale, UnknownLocaleError  # noqa: PLC0415 - an extra; without it all else works
    except ImportError:
        raise ImportError(
            "amounts are formatted by Babel, which is not installed: pip install 'bankcore[format]'"
        ) from None
    try:
        # Callers without a type checker do pass other things.
        known = Locale.parse(locale.replace("-", "_") if isinstance(locale, str) else "")  # type: ignore[redundant-expr]
    except (UnknownLocaleError, ValueError):
        raise InvalidRequestError(
            pointer="/locale", detail='a locale of the Unicode CLDR, such as "en_US" or "ne_NP"'
        ) from None
    # Babel would round to the decimals that are usual in shops, which are none for some currencies that have them.
    pattern = copy(known.currency_formats["standard"])
    pattern.frac_prec = (exponent, exponent)
    with localcontext(_EXACT):
        written: str = pattern.apply(amount, known, currency=code, currency_digits=False)
    return written
