"""The action of encryption: secrets were given to a new key."""

from typing import Final

from bankcore.actions import Action

SECRETS_REWRAPPED: Final = Action("secrets.rewrapped")
