"""The actions of assertions: that somebody outside stated a balance."""

from typing import Final

from bankcore.actions import Action, Audience

BALANCE_ASSERTED: Final = Action("balance.asserted", Audience.OPERATOR)
