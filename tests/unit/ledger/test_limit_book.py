"""What is given back of a hold counts in the windows in which it was used, and nowhere else."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from bankcore.identifiers import AccountId, HoldId
from bankcore.ledger.holds import Hold, HoldStatus
from bankcore.ledger.limit_book import LimitBook
from bankcore.ledger.limits import AccountLimits, Limit, LimitFacts, LimitWindow, Usage
from tests.worlds.values import NPR

ALICE = AccountId(UUID(int=1))
NOON = datetime(2026, 1, 20, 12, tzinfo=UTC)
TODAY = date(2026, 1, 20)
HOLD = Hold(
    id=HoldId(UUID(int=7)),
    account_id=ALICE,
    currency=NPR,
    amount_minor=30,
    captured_minor=0,
    status=HoldStatus.OPEN,
    version=1,
    by_holder=False,
    placed_at=NOON,
    expires_at=NOON + timedelta(days=7),
    reference=None,
)


def book(*usages: Usage) -> LimitBook:
    policy = (Limit(per=LimitWindow.DAY, count=9),)
    return LimitBook(LimitFacts(accounts=[AccountLimits(ALICE, policy, usages)]), opened_at=NOON)


@pytest.mark.parametrize(
    ("placed_at", "expected"),
    [
        (NOON, [Usage("hold", TODAY, 1, 20, 2, 40)]),
        (NOON - timedelta(days=3), [Usage("hold", TODAY, 2, 50, 2, 50)]),
        (NOON - timedelta(days=21), []),
    ],
    ids=["today", "earlier in the month", "last month"],
)
def test_a_hold_gives_back_in_windows_that_still_last(placed_at: datetime, expected: list[Usage]) -> None:
    limits = book(Usage("hold", TODAY, 2, 50, 3, 70))

    limits.give_back_rest(replace(HOLD, placed_at=placed_at))

    assert limits.take_changed() == [(ALICE, usage) for usage in expected]
    assert limits.take_changed() == []


def test_a_hold_that_was_never_counted_gives_nothing_back() -> None:
    limits = book(Usage("transfer", TODAY, 2, 50, 3, 70))

    limits.give_back_rest(HOLD)

    assert limits.take_changed() == []
