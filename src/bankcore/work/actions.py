"""The actions of operators on work that follows events."""

from typing import Final

from bankcore.actions import Action, Audience

DELIVERY_REDRIVEN: Final = Action("delivery.redriven", Audience.OPERATOR)
