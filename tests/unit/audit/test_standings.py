"""However many accounts there are, the verifier remembers how each of them stands."""

import pytest

from bankcore.money import CURRENCIES
from bankcore_infra.audit.laws import standings as standings_module
from bankcore_infra.audit.laws import stores
from bankcore_infra.audit.laws.forms import EXPONENTS
from bankcore_infra.audit.laws.standings import Standing, Standings
from bankcore_infra.audit.laws.stores import Store


def standing(number: int) -> Standing:
    return Standing(
        version=number,
        balance=-number,
        head=bytes([number]) * 32,
        posted_us=number,
        status=number % 3,
        vague=number % 2,
        currency=b"NPR",
        held=number,
        opened=b"x" * number,
    )


def test_accounts_that_do_not_fit_into_memory_are_remembered_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standings_module, "IN_USE_MAX", 3)
    monkeypatch.setattr(stores, "AT_HAND_MAX", 3)
    standings = Standings()

    for number in range(20):
        standings.put(bytes([number % 10]) * 16, standing(number))

    found = [standings.find(bytes([number]) * 16) for number in range(11)]
    standings.close()
    assert found == [*(standing(number) for number in range(10, 20)), None]


def test_all_that_is_kept_comes_back_in_the_order_of_its_keys_wherever_it_was_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(stores, "AT_HAND_MAX", 3)
    few, many = Store(), Store()

    for number in (2, 1, 2):
        few.put(bytes([number]), bytes([number]))
    for number in range(10, 0, -1):
        many.put(bytes([number]), bytes([number]))

    found = [[key[0] for key, _value in store.items()] for store in (few, many)]
    many.close()
    assert found == [[1, 2], list(range(1, 11))]


def test_the_verifier_knows_the_decimals_of_every_currency() -> None:
    known = {code: EXPONENTS.get(code, 2) for code in CURRENCIES}

    assert known == {code: currency.exponent for code, currency in CURRENCIES.items()}
    assert EXPONENTS.keys() <= CURRENCIES.keys()
