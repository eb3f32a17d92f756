"""What happened to preferences and deliveries by somebody's hand, for the audit log."""

from dataclasses import dataclass

from bankcore.events.stamps import Stamp
from bankcore.identifiers import UserId
from bankcore.notifications.deliveries import Delivery
from bankcore.notifications.preferences import Preferences


@dataclass(frozen=True, slots=True)
class PreferencesChanged:
    """A user chose other channels."""

    stamp: Stamp
    user_id: UserId
    before: Preferences
    after: Preferences


@dataclass(frozen=True, slots=True)
class NotificationRevived:
    """Somebody let a dead or skipped delivery be tried once more; it is told as it was before that."""

    stamp: Stamp
    delivery: Delivery


NotificationEvent = PreferencesChanged | NotificationRevived
