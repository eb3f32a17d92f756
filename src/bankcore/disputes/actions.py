"""The actions of disputes: one for each step that a dispute takes."""

from typing import Final

from bankcore.actions import Action, Audience

DISPUTE_OPENED: Final = Action("dispute.opened", Audience.OPERATOR)
DISPUTE_CHANGED: Final = Action("dispute.changed", Audience.OPERATOR)
"""It waits for somebody else, its time or reason is another, or what a person had to look at is over."""
DISPUTE_WITHDRAWN: Final = Action("dispute.funds_withdrawn", Audience.OPERATOR)
DISPUTE_COLLECTED: Final = Action("dispute.collected", Audience.OPERATOR)
"""The merchant's account paid what we had paid in its place."""
DISPUTE_REINSTATED: Final = Action("dispute.funds_reinstated", Audience.OPERATOR)
DISPUTE_WON: Final = Action("dispute.won", Audience.OPERATOR)
DISPUTE_LOST: Final = Action("dispute.lost", Audience.OPERATOR)
DISPUTE_DOUBTED: Final = Action("dispute.doubted", Audience.OPERATOR)
"""A person has to look at it."""
DISPUTE_RESOLVED: Final = Action("dispute.resolved", Audience.OPERATOR)
"""A person looked at it, and nothing more is to be done."""
