"""What providers say is read exactly, or not at all."""

import pytest

from bankcore import Money
from bankcore_infra.providers.said import Said


def said(text: str) -> Said:
    found = Said.in_bytes(b'{"a": %s}' % text.encode())
    assert found is not None
    return found.at("a")


@pytest.mark.parametrize(
    ("text", "minor"),
    [("100", 100), ('"100"', 100), ("-5", -5), ("100.00", 100), ('"1,000"', 1000), ("1e2", 100)],
)
def test_minor_units_are_whole_numbers_or_their_digits(text: str, minor: int) -> None:
    assert said(text).minor("ngn") == Money(minor, Money.zero("NGN").currency)


@pytest.mark.parametrize(
    ("text", "amount"),
    [("100", "100.00"), ('"100.5"', "100.50"), ("0.29", "0.29"), ("1.10", "1.10"), ('"1,234.50"', "1234.50")],
)
def test_major_units_are_decimals_or_their_digits(text: str, amount: str) -> None:
    assert said(text).major("NGN") == Money.of(amount, "NGN")


@pytest.mark.parametrize(
    "text",
    ["null", "true", '""', '"ten"', "[1]", '{"b": 1}', '"1.2.3"', '"-"', '"٣"', "1e400", "9" * 30, '"1e3"', "0.001"],
)
def test_what_is_no_amount_is_none(text: str) -> None:
    assert said(text).major("NGN") is None
    assert said(text).minor("NGN") is None


def test_an_amount_of_no_currency_that_we_know_is_none() -> None:
    assert (said("1").major(None), said("1").minor(None), said("1").minor("XXY")) == (None, None, None)


def test_texts_truths_and_lists_are_what_they_are_or_none() -> None:
    assert (said('"x"').text, said("12").text, said("1.5").text, said("true").text) == ("x", "12", None, None)
    assert (said("true").truth, said("1").truth) == (True, None)
    assert [item.text for item in said('["x"]').items] == ["x"]
    assert said("1").items == []
    assert said('{"b": {"c": "x"}}').at("b", "c").text == "x"
    assert said('{"b": 1}').at("b", "c").text is None
    assert len(said('"' + "x" * 600 + '"').text or "") == 500
