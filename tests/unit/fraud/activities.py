"""Activities in a few words: so much in or out, to whom, so long ago."""

from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from bankcore.fraud.activity import AccountActivity, Direction, History, Movement
from bankcore.identifiers import AccountId
from bankcore.money import Currency

NOW: Final = datetime(2026, 1, 31, 12, tzinfo=UTC)
USD: Final = Currency.of("USD")
ME, SHOP, LANDLORD, STRANGER = (AccountId(UUID(int=number)) for number in range(1, 5))
OUT, IN = Direction.OUT, Direction.IN


def moved(
    dollars: int, direction: Direction = OUT, who: AccountId | None = SHOP, *, ago: timedelta = timedelta()
) -> Movement:
    """That many dollars, that long ago."""
    return Movement(dollars * 100, direction, who, NOW - ago)


def activity(
    movement: Movement,
    *recent: Movement,
    opened_ago: timedelta = timedelta(days=365),
    is_complete: bool = True,
    currency: Currency = USD,
) -> AccountActivity:
    """The movement after the recent ones."""
    return AccountActivity(
        account_id=ME,
        currency=currency,
        movement=movement,
        recent=recent,
        history=History(NOW - opened_ago, is_complete),
    )
