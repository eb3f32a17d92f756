"""Activities in a few words: so much in or out, to whom, so long ago."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final, TypeVar
from uuid import UUID

from bankcore.fraud.activity import AccountActivity, History
from bankcore.fraud.movements import Direction, Movement, seconds_of
from bankcore.fraud.policy import FraudPolicy
from bankcore.identifiers import AccountId
from bankcore.money import Currency

T = TypeVar("T")
NOW: Final = datetime(2026, 1, 31, 12, tzinfo=UTC)
USD: Final = Currency.of("USD")
POLICY: Final = FraudPolicy()
ME, SHOP, LANDLORD, STRANGER = (AccountId(UUID(int=number)) for number in range(1, 5))
OUT, IN = Direction.OUT, Direction.IN


def moved(
    dollars: int,
    direction: Direction = OUT,
    who: AccountId | None = SHOP,
    *,
    ago: timedelta = timedelta(),
    currency: Currency = USD,
) -> Movement:
    """That many dollars, that long ago."""
    return Movement(dollars * 100, currency, direction, who, seconds_of(NOW - ago))


def activity(
    *recent: Movement,
    opened_ago: timedelta = timedelta(days=365),
    is_complete: bool = True,
    policy: FraudPolicy = POLICY,
) -> AccountActivity:
    """What is remembered of these movements, in the order in which they happened."""
    movements = tuple(sorted(recent, key=lambda movement: movement.at_s))
    before = AccountActivity.before(History(seconds_of(NOW - opened_ago), movements, is_complete))
    return before.after_all(movements, policy)


def found(
    rule: Callable[[AccountActivity, Movement, FraudPolicy], T],
    movement: Movement,
    *recent: Movement,
    opened_ago: timedelta = timedelta(days=365),
    is_complete: bool = True,
    policy: FraudPolicy = POLICY,
) -> T:
    """What the rule makes of the movement after the recent ones."""
    before = activity(*recent, opened_ago=opened_ago, is_complete=is_complete, policy=policy)
    return rule(before, movement, policy)
