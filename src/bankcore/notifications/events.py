"""Changes of preferences and deliveries by a person, for the audit log."""

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
    """A dead or skipped delivery is tried once more; the event has the delivery as it was before."""

    stamp: Stamp
    delivery: Delivery
