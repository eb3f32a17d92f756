from datetime import UTC, datetime, timedelta, timezone

import pytest

from bankcore.testing import FrozenClock


def test_a_frozen_clock_stands_still_until_it_is_moved() -> None:
    clock = FrozenClock()
    start = clock.now()

    assert clock.now() == start
    assert clock.advance(timedelta(hours=1)) == clock.now() == start + timedelta(hours=1)


def test_a_frozen_clock_may_be_moved_back_and_shows_utc() -> None:
    clock = FrozenClock(datetime(2026, 1, 31, 5, 45, tzinfo=timezone(timedelta(hours=5, minutes=45))))
    assert clock.now() == datetime(2026, 1, 31, tzinfo=UTC)
    assert clock.now().tzinfo is UTC

    clock.move_to(datetime(2020, 1, 1, tzinfo=UTC))

    assert clock.now() == datetime(2020, 1, 1, tzinfo=UTC)


def test_an_instant_without_an_offset_is_refused() -> None:
    naive = datetime(2026, 1, 31)  # noqa: DTZ001 - what is refused

    with pytest.raises(ValueError, match="offset"):
        FrozenClock(naive)
    with pytest.raises(ValueError, match="offset"):
        FrozenClock().move_to(naive)
