"""Whatever is done to money, none is made and none is lost."""

from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from bankcore.money import MINOR_MAX, Currency, Money
from bankcore.rounding import Rounding
from bankcore.testing.strategies import currencies, money

MODES = {
    Rounding.HALF_EVEN: "ROUND_HALF_EVEN",
    Rounding.HALF_UP: "ROUND_HALF_UP",
    Rounding.HALF_DOWN: "ROUND_HALF_DOWN",
    Rounding.UP: "ROUND_UP",
    Rounding.DOWN: "ROUND_DOWN",
    Rounding.CEILING: "ROUND_CEILING",
    Rounding.FLOOR: "ROUND_FLOOR",
}
weight = st.integers(0, 10**6) | st.decimals(0, 1000, places=4)
weights = st.lists(weight, min_size=1, max_size=12).filter(any)


@given(money(), weights)
def test_the_shares_sum_to_the_amount(amount: Money, given_weights: list[int | Decimal]) -> None:
    shares = amount.allocate(given_weights)

    assert len(shares) == len(given_weights)
    assert Money.sum(shares, amount.currency) == amount


@given(money(), weights)
def test_each_share_is_less_than_one_unit_from_the_exact_one(amount: Money, given_weights: list[int | Decimal]) -> None:
    total = sum(map(Fraction, given_weights))

    for share, own in zip(amount.allocate(given_weights), given_weights, strict=True):
        exact = amount.minor * Fraction(own) / total
        assert abs(share.minor - exact) < 1
        assert own or not share


@given(money(), weights)
def test_a_debt_is_shared_out_as_the_credit_is(amount: Money, given_weights: list[int | Decimal]) -> None:
    assert (-amount).allocate(given_weights) == [-share for share in amount.allocate(given_weights)]


@given(money())
def test_what_goes_out_as_a_decimal_or_text_comes_back_the_same(amount: Money) -> None:
    assert Money.of(amount.to_decimal(), amount.currency) == amount
    assert Money.of(amount.to_decimal() * Decimal("1.0000"), amount.currency.code) == amount
    assert Money.of(amount.to_decimal_string(), amount.currency) == amount


@given(currencies(), st.integers(-(10**14), 10**14))
def test_a_whole_number_is_the_same_as_its_text(currency: Currency, number: int) -> None:
    assert Money.of(number, currency) == Money.of(str(number), currency) == Money.of(Decimal(number), currency)


@given(st.integers(-(10**15), 10**15), st.decimals(-100, 100, places=4), st.sampled_from(Rounding))
def test_a_percentage_is_rounded_as_the_decimal_module_would(minor: int, rate: Decimal, rounding: Rounding) -> None:
    found = Money(minor, Currency.of("NPR")).percentage(rate, rounding=rounding)

    assert found.minor == int((minor * rate / 100).quantize(Decimal(1), rounding=MODES[rounding]))


@given(st.lists(st.integers(-MINOR_MAX // 20, MINOR_MAX // 20), max_size=20))
def test_a_sum_is_the_sum_of_its_minor_units(minors: list[int]) -> None:
    npr = Currency.of("NPR")

    assert Money.sum((Money(minor, npr) for minor in minors), npr).minor == sum(minors)
