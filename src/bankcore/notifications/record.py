"""Records a notification once for each channel that its user wants."""

from collections.abc import Set as AbstractSet

from bankcore.identifiers import IdentifierSource
from bankcore.notifications.channels import ChannelName
from bankcore.notifications.deliveries import NOT_CONFIGURED, NewDelivery
from bankcore.notifications.notices import Notification
from bankcore.notifications.ports import NotificationStore


def record_notification(
    store: NotificationStore, notification: Notification, *, configured: AbstractSet[ChannelName], ids: IdentifierSource
) -> int:
    """How many deliveries were new. One over a channel that is not configured is recorded, as skipped."""
    wanted = store.find_preferences(notification.user_id).channels_for(notification.template)
    return store.record(
        [
            NewDelivery(
                id=ids.new_id(),
                notification=notification,
                channel=channel,
                skipped_because=None if channel in configured else NOT_CONFIGURED,
            )
            for channel in sorted(wanted)
        ]
    )
