"""The actions of limits: that somebody set some."""

from typing import Final

from bankcore.actions import Action, Audience

LIMITS_CHANGED: Final = Action("limits.changed", Audience.OPERATOR)
