"""The actions of API keys."""

from typing import Final

from bankcore.actions import Action

API_KEY_CREATED: Final = Action("api_key.created")
API_KEY_ROTATED: Final = Action("api_key.rotated")
API_KEY_REVOKED: Final = Action("api_key.revoked")
