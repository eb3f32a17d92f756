"""What the audit log says of preferences."""

from typing import Final

from bankcore.notifications.events import PreferencesChanged
from bankcore.notifications.preferences import Preferences
from bankcore_infra.audit.canonical import CanonicalValue, canonical_bytes, instant_text
from bankcore_infra.audit.records import AuditRecord

ACTION: Final = "notification_preferences.changed"


def preferences_record(event: PreferencesChanged) -> AuditRecord:
    """The event as a record of the audit log, with what was chosen before and after."""
    stamp, origin = event.stamp, event.stamp.origin
    body = canonical_bytes(
        {
            "id": str(stamp.id),
            "tenant": str(stamp.tenant_id),
            "at": instant_text(stamp.occurred_at),
            "action": ACTION,
            "outcome": "success",
            "actor": {"type": origin.actor_type, "id": origin.actor_id},
            "request": origin.request_id,
            "subject": str(event.user_id),
            "before": _chosen(event.before),
            "after": _chosen(event.after),
        }
    )
    return AuditRecord(stamp.id, stamp.occurred_at, ACTION, "success", origin, event.user_id, [], body)


def _chosen(preferences: Preferences) -> dict[str, CanonicalValue]:
    return {str(template): sorted(map(str, channels)) for template, channels in preferences.channels.items()}
