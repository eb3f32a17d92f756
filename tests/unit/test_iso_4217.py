from iso4217 import Currency as Published

from bankcore.iso_4217 import ISO_4217

# The library follows the list as amended; what has no minor unit there (metals, test codes) is no money of ours.
PUBLISHED = {currency.code: currency for currency in Published if currency.exponent is not None}


def test_codes_and_exponents_are_those_that_iso_publishes() -> None:
    assert {code: exponent for code, exponent, _name in ISO_4217} == {
        code: currency.exponent for code, currency in PUBLISHED.items()
    }


def test_names_are_those_that_iso_publishes() -> None:
    assert {code: name for code, _exponent, name in ISO_4217} == {
        code: currency.currency_name for code, currency in PUBLISHED.items()
    }


def test_the_list_is_in_the_order_of_its_codes_and_has_each_once() -> None:
    codes = [code for code, _exponent, _name in ISO_4217]

    assert codes == sorted(set(codes))
