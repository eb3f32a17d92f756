"""What the audit log says of notifications: who chose which channels, and who had a delivery tried again."""

from bankcore.actions import Subject
from bankcore.notifications.actions import NOTIFICATION_REVIVED, PREFERENCES_CHANGED
from bankcore.notifications.deliveries import Delivery
from bankcore.notifications.events import NotificationEvent, NotificationRevived, PreferencesChanged
from bankcore.notifications.preferences import Preferences
from bankcore_infra.audit.recording.canonical import CanonicalValue
from bankcore_infra.audit.recording.context import AuditContexts
from bankcore_infra.audit.recording.records import AuditRecord, Deed, make_record


def notification_record(event: NotificationEvent) -> AuditRecord:
    """The event as a record of the audit log."""
    match event:
        case PreferencesChanged(stamp, user_id, before, after):
            chosen: dict[str, CanonicalValue] = {"before": _chosen(before), "after": _chosen(after)}
            return make_record(
                stamp, Deed(PREFERENCES_CHANGED, subject=Subject("user", user_id)), chosen, AuditContexts()
            )
        case NotificationRevived(stamp, delivery):
            deed = Deed(NOTIFICATION_REVIVED, subject=Subject("notification", delivery.id))
            return make_record(stamp, deed, _revived(delivery), AuditContexts())


def _revived(delivery: Delivery) -> dict[str, CanonicalValue]:
    return {
        "notification": {
            "event": str(delivery.event_id),
            "user": str(delivery.user_id),
            "channel": delivery.channel,
            "template": delivery.template,
            "before": delivery.status,
        }
    }


def _chosen(preferences: Preferences) -> dict[str, CanonicalValue]:
    return {str(template): sorted(map(str, channels)) for template, channels in preferences.channels.items()}
