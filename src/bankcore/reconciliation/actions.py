"""The actions of reconciliation: that an operator asked for one, and that one was finished."""

from typing import Final

from bankcore.actions import Action, Audience

RECONCILIATION_REQUESTED: Final = Action("reconciliation.requested", Audience.OPERATOR)
RECONCILIATION_FINISHED: Final = Action("reconciliation.finished", Audience.OPERATOR)
