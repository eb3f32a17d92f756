"""The actions of FX: a quote is given, and used."""

from typing import Final

from bankcore.actions import Action, Audience

QUOTE_GIVEN: Final = Action("fx_quote.given", Audience.OPERATOR)
QUOTE_USED: Final = Action("fx_quote.used", Audience.OPERATOR)
