"""Windows of limits: days and months of UTC, and clocks that are not where they were."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from bankcore.ledger.limits import LimitWindow, Usage, day_of, resets_at
from bankcore.money import MINOR_MAX

DAY = date(2026, 1, 31)
USED = Usage("transfer", DAY, 2, 20, 5, 50)


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        (DAY, USED),
        (DAY - timedelta(days=1), USED),
        (DAY + timedelta(days=1), Usage("transfer", date(2026, 2, 1))),
        (DAY - timedelta(days=2), Usage("transfer", date(2026, 1, 29))),
        (date(2027, 1, 31), Usage("transfer", date(2027, 1, 31))),
    ],
)
def test_usage_counts_in_its_windows_only(today: date, expected: Usage) -> None:
    assert USED.as_of(today) == expected


def test_a_new_day_of_the_month_keeps_what_the_month_has_used() -> None:
    used = Usage("transfer", date(2026, 1, 7), 2, 20, 5, 50)

    assert used.as_of(DAY) == Usage("transfer", DAY, 0, 0, 5, 50)
    assert used.as_of(DAY).add(1, 9) == Usage("transfer", DAY, 1, 9, 6, 59)


def test_what_is_given_back_is_never_more_than_what_was_used() -> None:
    assert USED.add(-3, -99) == Usage("transfer", DAY, 0, 0, 2, 0)
    assert USED.add_to_month(-9, -99) == Usage("transfer", DAY, 2, 20, 2, 20)
    assert USED.add(1, MINOR_MAX).month_minor == MINOR_MAX


def test_a_window_ends_at_midnight_in_utc() -> None:
    assert resets_at(LimitWindow.DAY, DAY) == datetime(2026, 2, 1, tzinfo=UTC)
    assert resets_at(LimitWindow.MONTH, date(2026, 12, 1)) == datetime(2027, 1, 1, tzinfo=UTC)
    assert resets_at(LimitWindow.TRANSACTION, DAY) is None
    assert day_of(datetime(2026, 2, 1, 2, tzinfo=timezone(timedelta(hours=5, minutes=45)))) == DAY
