import operator
from collections.abc import Callable
from decimal import ROUND_DOWN, Context, Decimal, localcontext
from fractions import Fraction
from typing import Any

import pytest

from bankcore.errors import InvalidRequestError
from bankcore.money import MINOR_MAX, AmountOutOfRangeError, Currency, CurrencyMismatchError, Money
from bankcore.rounding import Rounding
from tests.worlds.values import NPR, USD, npr


def test_money_is_multiplied_by_whole_numbers_and_has_a_size() -> None:
    assert npr("1.10") * 3 == 3 * npr("1.10") == npr("3.30")
    assert npr("1.10") * -1 == npr("-1.10")
    assert abs(npr("-1.10")) == abs(npr("1.10")) == npr("1.10")
    with pytest.raises(AmountOutOfRangeError):
        Money(MINOR_MAX, NPR) * 2


@pytest.mark.parametrize("factor", [1.5, True, Decimal(2), "2", None, npr("1")])
def test_money_is_multiplied_by_nothing_else(factor: Any) -> None:
    for left, right in ((npr("1"), factor), (factor, npr("1"))):
        with pytest.raises(TypeError, match="whole numbers, not by"):
            operator.mul(left, right)


def test_the_sum_of_amounts_begins_with_nothing() -> None:
    assert sum([npr("1.10"), npr("2.20")]) == Money.sum([npr("1.10"), npr("2.20")], "NPR") == npr("3.30")
    assert Money.sum([], "NPR") == Money.sum(iter([]), NPR) == Money.zero("NPR") == Money.zero(NPR)


def test_a_sum_may_pass_the_range_on_its_way() -> None:
    most = Money(MINOR_MAX, NPR)

    assert Money.sum([most, most, -most], NPR) == most
    with pytest.raises(AmountOutOfRangeError):
        Money.sum([most, most], NPR)


def test_a_sum_has_one_currency() -> None:
    with pytest.raises(CurrencyMismatchError):
        Money.sum([Money(1, USD)], NPR)
    with pytest.raises(CurrencyMismatchError):
        sum([npr("1"), Money(1, USD)])


@pytest.mark.parametrize("other", [1, 0.0, False, Decimal(0), "0", None])
def test_only_the_beginning_of_a_sum_goes_before_money(other: Any) -> None:
    with pytest.raises(TypeError, match="money goes with money"):
        other + npr("1")


@pytest.mark.parametrize(
    ("amount", "weights", "shares"),
    [
        ("100.00", [95, 5], ["95.00", "5.00"]),
        ("0.05", [70, 30], ["0.04", "0.01"]),
        ("10.00", [1, 1, 1], ["3.34", "3.33", "3.33"]),
        ("0.02", [1, 1, 1], ["0.01", "0.01", "0.00"]),
        ("-10.00", [1, 1, 1], ["-3.34", "-3.33", "-3.33"]),
        ("0.01", [0, 1, 0], ["0.00", "0.01", "0.00"]),
        ("0.00", [1, 2], ["0.00", "0.00"]),
        ("1.00", [Decimal("97.1"), "2.9"], ["0.97", "0.03"]),
        ("1.00", [Decimal("0.333"), Decimal("0.667")], ["0.33", "0.67"]),
    ],
)
def test_an_amount_is_shared_out_and_what_is_left_goes_to_who_lost_most(
    amount: str, weights: list[Any], shares: list[str]
) -> None:
    assert npr(amount).allocate(weights) == [npr(share) for share in shares]


@pytest.mark.parametrize(
    "weights", [[], [0, 0], [1, -1], [0.5, 0.5], "95", b"5", None, {1, 2}, [True], [None], ["1/2"], [Decimal("NaN")]]
)
def test_weights_that_are_none_are_refused(weights: Any) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        npr("1").allocate(weights)

    assert caught.value.pointer == "/weights"


HALVES = {
    # Of 0.5, 1.5, 2.5, -0.5, -1.5, 0.1 and -0.1 units.
    Rounding.HALF_EVEN: [0, 2, 2, 0, -2, 0, 0],
    Rounding.HALF_UP: [1, 2, 3, -1, -2, 0, 0],
    Rounding.HALF_DOWN: [0, 1, 2, 0, -1, 0, 0],
    Rounding.UP: [1, 2, 3, -1, -2, 1, -1],
    Rounding.DOWN: [0, 1, 2, 0, -1, 0, 0],
    Rounding.CEILING: [1, 2, 3, 0, -1, 1, 0],
    Rounding.FLOOR: [0, 1, 2, -1, -2, 0, -1],
}


@pytest.mark.parametrize("rounding", Rounding)
def test_a_percentage_is_rounded_as_the_caller_says(rounding: Rounding) -> None:
    found = [
        npr(amount).percentage(1, rounding=rounding).minor for amount in ("0.50", "1.50", "2.50", "-0.50", "-1.50")
    ]
    found += [npr(amount).percentage("0.1", rounding=rounding).minor for amount in ("1.00", "-1.00")]

    assert found == HALVES[rounding]


def test_a_rate_may_have_decimals_and_a_sign() -> None:
    assert npr("200.00").percentage("2.9", rounding=Rounding.HALF_EVEN) == npr("5.80")
    assert npr("200.00").percentage(Decimal("-0.125"), rounding=Rounding.HALF_EVEN) == npr("-0.25")
    assert Money.of(1000, "JPY").percentage(Decimal("3.25"), rounding=Rounding.FLOOR) == Money.of(32, "JPY")


@pytest.mark.parametrize("rate", [2.9, None, "2.9%", "", True, Decimal("Infinity"), 10**40, Fraction(1, 3)])
def test_a_rate_that_is_no_exact_number_is_refused(rate: Any) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        npr("1").percentage(rate, rounding=Rounding.HALF_UP)

    assert caught.value.pointer == "/rate"


def test_a_rounding_is_one_of_ours() -> None:
    with pytest.raises(InvalidRequestError, match=r"Rounding\.HALF_EVEN"):
        npr("1").percentage(1, rounding="ROUND_HALF_UP")  # type: ignore[arg-type]


@pytest.mark.parametrize(("minor", "code", "text"), [(10_050, "NPR", "100.50"), (-5, "KWD", "-0.005"), (7, "JPY", "7")])
def test_money_is_given_as_a_decimal_with_the_decimals_of_its_currency(minor: int, code: str, text: str) -> None:
    assert str(Money(minor, Currency.of(code)).to_decimal()) == text


def decimals_of_most() -> list[object]:
    most = Money(MINOR_MAX, NPR)
    return [most.to_decimal(), Money.of(most.to_decimal(), NPR), most.percentage("99.99", rounding=Rounding.DOWN)]


def test_the_context_of_the_program_has_no_say() -> None:
    expected = decimals_of_most()

    with localcontext(Context(prec=1, rounding=ROUND_DOWN, Emax=1, Emin=-1)):
        assert decimals_of_most() == expected


@pytest.mark.parametrize(
    ("formatted", "text"),
    [(lambda amount: f"{amount}", "1.10 NPR"), (lambda amount: f"{amount:>10}", "  1.10 NPR")],
)
def test_an_amount_is_filled_and_aligned_as_text_is(formatted: Callable[[Money], str], text: str) -> None:
    assert formatted(npr("1.10")) == text
