"""Rates are exact, and an amount is rounded once, down to a minor unit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bankcore.errors import InvalidRequestError
from bankcore.fx.quotes import QuotePolicy
from bankcore.fx.rates import CurrencyPair, ExchangeRate, FxUnavailableError, RateProblem
from bankcore.money import AmountOutOfRangeError, Currency, Money
from bankcore.rounding import Rounding


@pytest.mark.parametrize(
    ("amount", "rate", "got"),
    [
        # From two decimals to none, and back.
        (("100.00", "USD"), "151.387", ("15138", "JPY")),
        (("0.01", "USD"), "151.387", ("1", "JPY")),
        (("15138", "JPY"), "0.0066", ("99.91", "USD")),
        # From none to three, and back.
        (("10000", "JPY"), "0.00203", ("20.300", "KWD")),
        (("10001", "JPY"), "0.00203", ("20.302", "KWD")),
        (("0.001", "KWD"), "1999.999", ("1", "JPY")),
        # From two to three, and back.
        (("0.01", "NPR"), "0.0023", ("0.000", "KWD")),
        (("1.00", "NPR"), "0.0023", ("0.002", "KWD")),
        (("1.001", "KWD"), "434.78", ("435.21", "NPR")),
        (("1.000", "KWD"), "434.789999999999999999", ("434.78", "NPR")),
    ],
)
def test_what_is_got_is_rounded_down_to_the_decimals_of_its_currency(
    amount: tuple[str, str], rate: str, got: tuple[str, str]
) -> None:
    converted = ExchangeRate.of(rate).convert(Money.of(*amount), Currency.of(got[1]), rounding=Rounding.DOWN)

    assert converted == Money.of(*got)


@given(
    minor=st.integers(1, 10**12),
    digits=st.integers(1, 10**9),
    decimals=st.integers(0, 9),
    codes=st.permutations(["JPY", "NPR", "KWD"]),
)
def test_less_than_a_minor_unit_is_lost_and_never_to_the_bank(
    minor: int, digits: int, decimals: int, codes: list[str]
) -> None:
    given_, got = Currency.of(codes[0]), Currency.of(codes[1])
    found = ExchangeRate(digits, decimals).converted_minor(minor, given_, got, rounding=Rounding.DOWN)

    exact_numerator, exact_denominator = minor * digits * 10**got.exponent, 10 ** (decimals + given_.exponent)
    assert found * exact_denominator <= exact_numerator < (found + 1) * exact_denominator


def test_a_rate_is_written_as_it_is_without_zeros_at_the_end() -> None:
    assert str(ExchangeRate.of("0.920000")) == "0.92"
    assert str(ExchangeRate.of("100")) == "100"
    assert ExchangeRate.of("0.92") == ExchangeRate.of("0.920")
    assert str(ExchangeRate.of("999999999999999.999999999999999999")) == "999999999999999.999999999999999999"


def test_a_spread_makes_the_rate_smaller_exactly() -> None:
    rate = ExchangeRate.of("133.25")

    assert str(rate.less(25)) == "132.916875"
    assert rate.less(0) == rate


@pytest.mark.parametrize(
    "text",
    ["", "0", "0.00", "-1", "+1", "1e3", "1.", ".5", "01", "NaN", "1" * 16, f"0.{'1' * 19}", "\u0661", 1.5],
)
def test_what_is_no_rate_is_refused(text: object) -> None:
    with pytest.raises(InvalidRequestError):
        ExchangeRate.of(text)  # type: ignore[arg-type]


def test_a_rate_is_made_of_whole_numbers() -> None:
    for digits, decimals in ((1.5, 0), (1, 0.5), (0, 0), (1, -1)):
        with pytest.raises(InvalidRequestError):
            ExchangeRate(digits, decimals)  # type: ignore[arg-type]


def test_what_is_more_than_an_amount_can_be_is_refused() -> None:
    with pytest.raises(AmountOutOfRangeError):
        ExchangeRate.of("1000").convert(Money.of("9" * 16, "USD"), Currency.of("NPR"), rounding=Rounding.DOWN)


def test_the_lack_of_a_rate_says_which_why_and_what_helps() -> None:
    pair = CurrencyPair(Currency.of("USD"), Currency.of("NPR"))

    assert str(FxUnavailableError.of(pair, RateProblem.TOO_SLOW)) == (
        "No exchange rate is available: USD/NPR, too slow"
    )
    assert str(FxUnavailableError.of(pair, RateProblem.NOT_SET_UP, "set it up")).endswith("not set up; set it up")


@pytest.mark.parametrize("spread", [-1, 5_001, 0.5, True])
def test_a_spread_is_a_small_whole_number(spread: object) -> None:
    with pytest.raises(InvalidRequestError):
        QuotePolicy(spread_bps=spread)  # type: ignore[arg-type]
