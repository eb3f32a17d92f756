"""Records notifications, each once for each channel that its user wants."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from datetime import timedelta
from typing import Final

from bankcore.notifications.channels import ChannelName
from bankcore.notifications.deliveries import NOT_CONFIGURED, TOO_OLD, NewDelivery
from bankcore.notifications.notices import Notification
from bankcore.notifications.ports import NotificationStore

STALE_AFTER: Final = timedelta(days=7)
"""Nobody is told of older events, so that a bank that turns notifications on does not send its whole history."""


def record_notifications(
    store: NotificationStore,
    notifications: Sequence[Notification],
    *,
    configured: AbstractSet[ChannelName],
) -> int:
    """Record these notifications; one that is too old or has no configured channel as skipped. Returns how many
    were new.
    """
    if not notifications:
        return 0
    preferences = store.find_preferences({notification.user_id for notification in notifications})
    stale_before = store.opened_at - STALE_AFTER
    deliveries = []
    for notification in notifications:
        is_stale = notification.occurred_at < stale_before
        for channel in sorted(preferences[notification.user_id].channels_for(notification.template)):
            obstacle = None if channel in configured else NOT_CONFIGURED
            deliveries.append(
                NewDelivery(
                    notification=notification,
                    channel=channel,
                    skipped_because=TOO_OLD if is_stale else obstacle,
                )
            )
    return store.record(deliveries)
