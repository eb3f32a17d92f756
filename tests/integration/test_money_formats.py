"""Amounts in the manner of a country, by the real Babel."""

import sys
from decimal import Context, localcontext
from typing import Any

import pytest

from bankcore.errors import InvalidRequestError
from bankcore.money import MINOR_MAX, Currency, Money


@pytest.mark.parametrize(
    ("amount", "code", "locale", "text"),
    [
        ("1234567.50", "NPR", "en_US", "NPR1,234,567.50"),
        ("1234567.50", "NPR", "ne-NP", "नेरू 12,34,567.50"),
        ("-1234567.50", "EUR", "de_DE", "-1.234.567,50 €"),
        ("5", "JPY", "en_US", "¥5"),
        ("1.234", "KWD", "en_US", "KWD1.234"),
    ],
)
def test_an_amount_is_written_as_people_of_that_locale_write_it(amount: str, code: str, locale: str, text: str) -> None:
    assert Money.of(amount, code).format(locale).replace("\u00a0", " ") == text


@pytest.mark.parametrize("code", ["ALL", "IRR", "LAK", "MMK"])
def test_decimals_that_shops_leave_out_are_not_rounded_away(code: str) -> None:
    assert "100.50" in Money.of("100.50", code).format("en_US")


def test_the_context_of_the_program_rounds_nothing() -> None:
    most = Money(MINOR_MAX, Currency.of("NPR"))

    with localcontext(Context(prec=3)):
        assert most.format("en_US") == "NPR92,233,720,368,547,758.07"


@pytest.mark.parametrize("locale", ["", "xx_nowhere", "../../etc", "en_US_NOTHING_AT_ALL", None, 7])
def test_a_locale_that_is_none_is_refused(locale: Any) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        Money.of("1.00", "NPR").format(locale)

    assert caught.value.pointer == "/locale"


def test_without_babel_the_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "babel", None)

    with pytest.raises(ImportError, match=r"bankcore\[format\]"):
        Money.of("1.00", "NPR").format("en_US")
