"""The actions of payouts: on whole jobs, never on single items, whose transactions tell of themselves."""

from typing import Final

from bankcore.actions import Action, Audience

PAYOUT_STARTED: Final = Action("payout.started", Audience.OPERATOR)
PAYOUT_PAUSED: Final = Action("payout.paused", Audience.OPERATOR)
PAYOUT_RESUMED: Final = Action("payout.resumed", Audience.OPERATOR)
PAYOUT_CALLED_OFF: Final = Action("payout.cancelled", Audience.OPERATOR)
PAYOUT_RETRIED: Final = Action("payout.retried", Audience.OPERATOR)
PAYOUT_COMPLETED: Final = Action("payout.completed", Audience.OPERATOR)
