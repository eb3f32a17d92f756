"""What the audit log says of notifications: who chose which channels, and who had a delivery tried again."""

from collections.abc import Mapping

from bankcore.ledger.events import Stamp
from bankcore.notifications.deliveries import Delivery
from bankcore.notifications.events import NotificationEvent, NotificationRevived, PreferencesChanged
from bankcore.notifications.preferences import Preferences
from bankcore_infra.audit.canonical import CanonicalValue
from bankcore_infra.audit.context import AuditContexts
from bankcore_infra.audit.records import AuditRecord, Deed, make_record


def notification_record(event: NotificationEvent) -> AuditRecord:
    """The event as a record of the audit log."""
    match event:
        case PreferencesChanged(stamp, user_id, before, after):
            chosen = {"before": _chosen(before), "after": _chosen(after)}
            return _record(stamp, Deed("notification_preferences.changed", "success", user_id), chosen)
        case NotificationRevived(stamp, delivery):
            return _record(stamp, Deed("notification.revived", "success", delivery.id), _revived(delivery))


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


def _record(stamp: Stamp, deed: Deed, facts: Mapping[str, CanonicalValue]) -> AuditRecord:
    return make_record(stamp, deed, {"subject": str(deed.subject_id), **facts}, AuditContexts())


def _chosen(preferences: Preferences) -> dict[str, CanonicalValue]:
    return {str(template): sorted(map(str, channels)) for template, channels in preferences.channels.items()}
