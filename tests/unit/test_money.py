import operator
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction

import pytest

from bankcore.errors import InvalidRequestError
from bankcore.money import (
    CURRENCIES,
    MINOR_MAX,
    AmountOutOfRangeError,
    Currency,
    CurrencyMismatchError,
    Money,
    format_minor,
)
from tests.worlds.values import NPR, USD, npr


@pytest.mark.parametrize(
    ("text", "code", "minor"),
    [
        ("100.50", "NPR", 10_050),
        ("100.5", "NPR", 10_050),
        ("100", "NPR", 10_000),
        ("0", "NPR", 0),
        ("0.01", "NPR", 1),
        ("-0.05", "NPR", -5),
        ("7", "JPY", 7),
        ("0.001", "KWD", 1),
        ("1.2345", "CLF", 12_345),
        ("92233720368547758.07", "NPR", MINOR_MAX),
        ("-92233720368547758.07", "NPR", -MINOR_MAX),
        ("9223372036854775807", "JPY", MINOR_MAX),
    ],
)
def test_a_decimal_string_is_read_exactly(text: str, code: str, minor: int) -> None:
    assert Money.of(text, code) == Money(minor, Currency.of(code))


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "1 ",
        " 1",
        "1\n",
        "+1",
        "--1",
        "-",
        ".5",
        "5.",
        "01",
        "00.10",
        "1,000.00",
        "1_000",
        "1e3",
        "1E3",
        "0x10",
        "NaN",
        "Infinity",
        "-inf",
        "1.2.3",
        "1.23456",
        "\u0661",
        "\uff11",
        "\u00b2",
        "1\x00",
        "\u22121",
        "1.-5",
        "9" * 5_000,
        "0." + "0" * 5_000,
    ],
)
def test_what_is_not_a_plain_decimal_number_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        Money.of(text, "NPR")

    assert caught.value.pointer == "/amount"


@pytest.mark.parametrize("amount", [1.5, True, None, b"2", ["1"], Fraction(1, 2), Money(1, NPR)])
def test_what_is_no_exact_number_is_refused_by_the_name_of_its_type(amount: str) -> None:
    with pytest.raises(InvalidRequestError, match=type(amount).__name__):
        Money.of(amount, "NPR")


def test_a_float_is_told_why_it_is_refused() -> None:
    with pytest.raises(InvalidRequestError, match="floats are not exact"):
        Money.of(1.5, "NPR")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("amount", "code", "minor"),
    [
        (100, "NPR", 10_000),
        (-7, "JPY", -7),
        (0, "KWD", 0),
        (Decimal("100.50"), "NPR", 10_050),
        (Decimal("100.0000"), "NPR", 10_000),
        (Decimal("-0.00"), "NPR", 0),
        (Decimal("1E+3"), "NPR", 100_000),
        (Decimal("0E+999999999"), "NPR", 0),
        (Decimal("92233720368547758.07"), "NPR", MINOR_MAX),
    ],
)
def test_whole_numbers_and_decimals_are_major_units(amount: int | Decimal, code: str, minor: int) -> None:
    assert Money.of(amount, code) == Money.of(amount, Currency.of(code)) == Money(minor, Currency.of(code))


def test_a_decimal_that_would_have_to_be_rounded_is_told_how() -> None:
    with pytest.raises(InvalidRequestError, match=r'2 decimals.*amount\.quantize\(Decimal\("0\.01"\)'):
        Money.of(Decimal("1.005"), "NPR")


@pytest.mark.parametrize("amount", ["NaN", "sNaN", "Infinity", "-Infinity", "1E+999999999", "1E-999999999"])
def test_a_decimal_that_is_no_amount_is_refused(amount: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        Money.of(Decimal(amount), "NPR")

    assert caught.value.pointer == "/amount"


@pytest.mark.parametrize("amount", [Decimal("92233720368547758.08"), 10**17, -(10**4_000)])
def test_a_number_beyond_64_bits_of_minor_units_is_refused(amount: int | Decimal) -> None:
    with pytest.raises(AmountOutOfRangeError):
        Money.of(amount, "NPR")


@pytest.mark.parametrize(("text", "code"), [("0.5", "JPY"), ("1.0", "JPY"), ("0.001", "NPR"), ("0.0001", "KWD")])
def test_more_decimals_than_the_currency_has_are_refused(text: str, code: str) -> None:
    with pytest.raises(InvalidRequestError, match="decimals"):
        Money.of(text, code)


@pytest.mark.parametrize("text", ["92233720368547758.08", "-92233720368547758.08", "9999999999999999999.99"])
def test_an_amount_beyond_64_bits_is_refused(text: str) -> None:
    with pytest.raises(AmountOutOfRangeError) as caught:
        Money.of(text, "NPR")

    assert caught.value.currency == "NPR"


@pytest.mark.parametrize("minor", [1.0, True, False, "2", None])
def test_minor_units_are_whole_numbers_and_nothing_that_looks_like_one(minor: int) -> None:
    with pytest.raises(InvalidRequestError):
        Money(minor, NPR)


@pytest.mark.parametrize("minor", [MINOR_MAX + 1, -MINOR_MAX - 1])
def test_an_amount_one_unit_beyond_the_limit_cannot_exist(minor: int) -> None:
    with pytest.raises(AmountOutOfRangeError):
        Money(minor, NPR)


@pytest.mark.parametrize("code", ["", "npr", "XXX", "NP", "NPRR", "NPR ", "XAU"])
def test_an_unknown_currency_is_refused(code: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        Currency.of(code)

    assert caught.value.pointer == "/currency"


@pytest.mark.parametrize("code", [None, 524, ["NPR"]])
def test_only_text_is_read_as_a_currency(code: str) -> None:
    with pytest.raises(InvalidRequestError):
        Currency.of(code)


@pytest.mark.parametrize(("code", "exponent"), [("NPR", 3), ("NPR", 2.0), ("JPY", False), ("ABC", 2), ("ABC", None)])
def test_a_currency_has_the_minor_unit_of_the_standard(code: str, exponent: int) -> None:
    with pytest.raises(InvalidRequestError):
        Currency(code, exponent)


def test_a_code_in_lower_case_is_told_how_it_is_written() -> None:
    with pytest.raises(InvalidRequestError, match="codes are upper case: NPR"):
        Currency.of("npr")


def test_a_code_that_cannot_be_looked_for_is_refused() -> None:
    with pytest.raises(InvalidRequestError):
        Currency(["NPR"], 2)  # type: ignore[arg-type]


def test_every_currency_is_one_shared_object() -> None:
    assert Currency.of(NPR) is NPR
    assert Currency.of("NPR") is CURRENCIES["NPR"]
    assert str(NPR) == "NPR"


def test_arithmetic_is_exact() -> None:
    assert npr("0.10") + npr("0.20") == npr("0.30")
    assert npr("0.10") - npr("0.20") == npr("-0.10")
    assert -npr("0.10") == npr("-0.10")
    assert not Money.zero(NPR)
    assert npr("-0.01")


def test_amounts_of_one_currency_are_ordered() -> None:
    assert npr("1") < npr("2") <= npr("2.00")
    assert npr("2") > npr("1") >= npr("1.00")
    assert npr("1") != Money.of("1", "USD")


@pytest.mark.parametrize("mix", [operator.add, operator.sub, operator.lt, operator.ge])
def test_two_currencies_never_meet(mix: Callable[[Money, Money], object]) -> None:
    with pytest.raises(CurrencyMismatchError) as caught:
        mix(npr("1"), Money(1, USD))

    assert (caught.value.expected, caught.value.actual) == ("NPR", "USD")


def test_a_result_beyond_64_bits_is_refused() -> None:
    most, least = Money(MINOR_MAX, NPR), Money(-MINOR_MAX, NPR)

    assert -most == least
    with pytest.raises(AmountOutOfRangeError):
        most + npr("0.01")
    with pytest.raises(AmountOutOfRangeError):
        least - npr("0.01")


@pytest.mark.parametrize(
    ("minor", "code", "text"),
    [(5, "NPR", "0.05"), (-5, "NPR", "-0.05"), (0, "KWD", "0.000"), (12, "JPY", "12"), (-10_050, "NPR", "-100.50")],
)
def test_an_amount_is_written_with_exactly_the_decimals_of_its_currency(minor: int, code: str, text: str) -> None:
    amount = Money(minor, Currency.of(code))

    assert amount.to_decimal_string() == format_minor(minor, amount.currency.exponent) == text
    assert str(amount) == f"{text} {code}"
    assert Money.of(text, code) == amount


def test_an_amount_that_must_be_positive_is_given_back_or_refused() -> None:
    assert npr("0.01").require_positive() == npr("0.01")
    for amount in (npr("0"), npr("-0.01")):
        with pytest.raises(InvalidRequestError):
            amount.require_positive()
