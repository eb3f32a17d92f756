"""The actions of operators on reconciliations."""

from typing import Final

from bankcore.actions import Action, Audience

RECONCILIATION_REQUESTED: Final = Action("reconciliation.requested", Audience.OPERATOR)
