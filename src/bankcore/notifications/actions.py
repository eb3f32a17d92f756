"""The actions of notifications: chosen preferences, revived deliveries, and removed ones."""

from typing import Final

from bankcore.actions import Action, Audience

PREFERENCES_CHANGED: Final = Action("notification_preferences.changed", Audience.OPERATOR)
NOTIFICATION_REVIVED: Final = Action("notification.revived", Audience.OPERATOR)
NOTIFICATIONS_REMOVED: Final = Action("notifications.removed")
