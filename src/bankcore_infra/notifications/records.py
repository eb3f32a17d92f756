"""Audit records of notifications: who chose which channels, and who had a delivery tried again."""

from typing import Final

from bankcore.actions import Subject
from bankcore.events.stamps import CommandRefused
from bankcore.notifications.actions import NOTIFICATION_REVIVED, PREFERENCES_CHANGED
from bankcore.notifications.events import NotificationRevived, PreferencesChanged
from bankcore.notifications.preferences import Preferences
from bankcore_infra.audit.recording.canonical import CanonicalValue
from bankcore_infra.audit.recording.context import AuditContexts
from bankcore_infra.audit.recording.records import AuditRecord, Deed, Records, make_record
from bankcore_infra.audit.recording.refusals import refusal_record


def _changed(event: PreferencesChanged, contexts: AuditContexts) -> AuditRecord:
    chosen: dict[str, CanonicalValue] = {"before": _chosen(event.before), "after": _chosen(event.after)}
    return make_record(event.stamp, Deed(PREFERENCES_CHANGED, subject=Subject("user", event.user_id)), chosen, contexts)


def _revived(event: NotificationRevived, contexts: AuditContexts) -> AuditRecord:
    delivery = event.delivery
    facts: dict[str, CanonicalValue] = {
        "event": str(delivery.event_id),
        "user": str(delivery.user_id),
        "channel": delivery.channel,
        "template": delivery.template,
        "before": delivery.status,
    }
    deed = Deed(NOTIFICATION_REVIVED, subject=Subject("notification", delivery.id))
    return make_record(event.stamp, deed, {"notification": facts}, contexts)


def _chosen(preferences: Preferences) -> dict[str, CanonicalValue]:
    return {str(template): sorted(map(str, channels)) for template, channels in preferences.channels.items()}


RECORDS: Final[Records] = {
    PreferencesChanged: _changed,
    NotificationRevived: _revived,
    CommandRefused: refusal_record,
}
