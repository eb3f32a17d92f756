"""What is done to answers that were remembered."""

from typing import Final

from bankcore.actions import Action

ANSWERS_FORGOTTEN: Final = Action("idempotency_keys.forgotten")
