"""How the program reads a limit."""

import pytest

from bankcore.errors import InvalidRequestError
from bankcore.ledger.limits import Limit, LimitWindow
from bankcore.money import Money
from bankcore_infra.cli.limits import limit_of


@pytest.mark.parametrize(
    ("written", "limit"),
    [
        (
            "day 500.00 NPR withdrawal",
            Limit(per=LimitWindow.DAY, amount=Money.of("500.00", "NPR"), kind="withdrawal"),
        ),
        ("transaction 500 JPY", Limit(per=LimitWindow.TRANSACTION, amount=Money.of("500", "JPY"))),
        ("month 20 hold", Limit(per=LimitWindow.MONTH, count=20, kind="hold")),
        (" day  0 ", Limit(per=LimitWindow.DAY, count=0)),
    ],
)
def test_a_limit_is_a_window_an_amount_or_a_number_and_perhaps_a_kind(written: str, limit: Limit) -> None:
    assert limit_of(written) == limit


@pytest.mark.parametrize(
    ("written", "pointer", "told"),
    [
        ("", "", "a limit is written"),
        ("day", "", "a limit is written"),
        ("day 5 NPR transfer too", "", "a limit is written"),
        ("week 5.00 NPR", "/per", "transaction, day or month, not 'week'"),
        ("day 5.00 XXY", "/currency", "not a currency code"),
        ("day 500 npr", "/currency", "in capital letters, NPR"),
        ("day 5.00", "/count", "a whole number"),
        ("day -5", "/count", "a whole number"),
        ("day 9999999999", "/count", "a whole number"),
        ("transaction 5", "/count", "count them by day or month"),
        ("day -5.00 NPR", "/amount", ""),
        ("day 5.0x NPR", "/amount", ""),
        ("day 5.00 NPR With-drawal", "/kind", "a kind of transaction"),
    ],
)
def test_what_is_no_limit_is_refused_with_the_part_that_is_wrong(written: str, pointer: str, told: str) -> None:
    with pytest.raises(InvalidRequestError) as refused:
        limit_of(written)

    assert refused.value.pointer == pointer
    assert told in refused.value.detail
