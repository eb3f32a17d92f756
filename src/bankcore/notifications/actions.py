"""The actions of notifications: what somebody chose, what somebody had tried again, and what went."""

from typing import Final

from bankcore.actions import Action, Audience

PREFERENCES_CHANGED: Final = Action("notification_preferences.changed", Audience.OPERATOR)
NOTIFICATION_REVIVED: Final = Action("notification.revived", Audience.OPERATOR)
NOTIFICATIONS_REMOVED: Final = Action("notifications.removed")
