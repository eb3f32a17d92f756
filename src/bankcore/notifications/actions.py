"""The actions of notifications: what somebody chose, and what somebody had tried again."""

from typing import Final

from bankcore.actions import Action, Audience

PREFERENCES_CHANGED: Final = Action("notification_preferences.changed", Audience.OPERATOR)
NOTIFICATION_REVIVED: Final = Action("notification.revived", Audience.OPERATOR)
