"""What happened to preferences, for the audit log."""

from dataclasses import dataclass

from bankcore.identifiers import UserId
from bankcore.ledger.events import Stamp
from bankcore.notifications.preferences import Preferences


@dataclass(frozen=True, slots=True)
class PreferencesChanged:
    """A user chose other channels."""

    stamp: Stamp
    user_id: UserId
    before: Preferences
    after: Preferences
