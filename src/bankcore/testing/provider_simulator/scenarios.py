"""What can happen to an order, chosen by its reference, or else by the last two digits of its amount."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from bankcore.money import Money


class Scenario(StrEnum):
    """How the simulator treats an order, and what it tells of it."""

    SUCCESS = "success"
    DECLINE = "decline"
    """The payer's bank says no: at once to a card that is named, on the page to everybody else."""
    ACTION = "action"
    """A card that is named needs the payer on a page first, as 3-D Secure does."""
    SLOW = "slow"
    SILENT_BEFORE = "silent_before"
    """The connection breaks, and the order was not taken."""
    SILENT_AFTER = "silent_after"
    """The connection breaks, and the order was taken."""
    OUTAGE = "outage"
    """503, and the order was not taken."""
    OUTAGE_AFTER = "outage_after"
    """503, and the order was taken."""
    GARBLED = "garbled"
    """The order was taken, and nobody can read the answer."""
    TOO_MANY = "too_many"
    WEBHOOK_TWICE = "webhook_twice"
    WEBHOOK_LATE = "webhook_late"
    """That the charge waits for its payer is told after it was paid."""
    WEBHOOK_FORGED = "webhook_forged"
    """Somebody without the key tells first that it was paid."""
    WEBHOOK_MISSING = "webhook_missing"
    SLOW_AFTER = "slow_after"
    """The order was taken, and the answer comes late."""


BY_AMOUNT: Final[Mapping[int, Scenario]] = dict(enumerate(list(Scenario)[1:], start=1))
"""By the last two digits of the amount in minor units: .01 is declined, .02 needs the payer, and so on."""
NOT_TAKEN: Final = frozenset({Scenario.SILENT_BEFORE, Scenario.OUTAGE, Scenario.TOO_MANY})
_HUNDRED: Final = 100


def scenario_of(amount: Money) -> Scenario:
    """The one for that amount, if nobody chose one."""
    return BY_AMOUNT.get(amount.minor % _HUNDRED, Scenario.SUCCESS)
