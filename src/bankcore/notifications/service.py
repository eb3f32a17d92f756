"""Notifications for users and operators: preferences, and the state of each delivery."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from bankcore.actions import Subject
from bankcore.errors import BankcoreError, NotFoundError
from bankcore.events.stamps import CommandRefused
from bankcore.idempotency.answers import Accepted, KeyedTask, Rejected, answer_once
from bankcore.idempotency.keys import key_of
from bankcore.identifiers import UserId
from bankcore.notifications.actions import NOTIFICATION_REVIVED, PREFERENCES_CHANGED
from bankcore.notifications.channels import ChannelName
from bankcore.notifications.deliveries import Delivery, DeliveryStatus
from bankcore.notifications.events import NotificationRevived, PreferencesChanged
from bankcore.notifications.ports import NotificationStore, NotificationUnits
from bankcore.notifications.preferences import Preferences
from bankcore.notifications.templates import TemplateName
from bankcore.origin import Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePreferences:
    """Ask for other channels; a template that is not named goes back to its default."""

    user_id: UserId
    preferences: Preferences
    idempotency_key: str

    def fingerprint(self) -> bytes:
        """SHA-256 of the request with its user: a key that comes for another user was used for another request."""
        return sha256(
            b"notification_preferences\0" + self.user_id.bytes + encode_preferences(self.preferences)
        ).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviveNotification:
    """Ask for one more attempt at a delivery that is dead or was skipped."""

    delivery_id: UUID
    idempotency_key: str | None = None

    def fingerprint(self) -> bytes:
        """SHA-256 of what is asked."""
        return sha256(b"notification.revive\0" + self.delivery_id.bytes).digest()


@dataclass(frozen=True, slots=True)
class NotificationService:
    """Preferences and deliveries of one tenant's users."""

    units: NotificationUnits

    def preferences_of(self, user_id: UserId) -> Preferences:
        """What the user chose, and the defaults. Raises: UnavailableError."""
        return self.units.run(lambda store: store.find_preferences({user_id})[user_id], resubmittable=True)

    def change_preferences(self, change: ChangePreferences, *, origin: Origin) -> Accepted[Preferences]:
        """The preferences as they were set, now or when the key was used first.

        Raises:
            InvalidRequestError: the key is not valid.
            IdempotencyKeyReusedError: the key was used for another request.
            IdempotencyInProgressError: the first request with this key is still running.
            UnavailableError: nothing was recorded.
        """
        key = key_of(origin, change.idempotency_key)
        return answer_once(self.units, key, change.fingerprint(), lambda store: _Changing(store, change, origin))

    def list_of_user(self, user_id: UserId, *, before: UUID | None, limit: int) -> Sequence[Delivery]:
        """What the user was told, latest first. Raises: UnavailableError."""
        return self.units.run(lambda store: store.list_of_user(user_id, before=before, limit=limit), resubmittable=True)

    def list_by_status(self, status: DeliveryStatus, *, limit: int) -> Sequence[Delivery]:
        """The latest deliveries of that status, for operators. Raises: UnavailableError."""
        return self.units.run(lambda store: store.list_by_status(status, limit=limit), resubmittable=True)

    def revive(self, delivery_id: UUID, *, origin: Origin, idempotency_key: str | None = None) -> Accepted[UUID]:
        """Let a dead or skipped delivery be tried once more.

        Raises:
            NotFoundError: there is no such delivery, or it is not dead or skipped.
            IdempotencyKeyReusedError, IdempotencyInProgressError: as `change_preferences`.
            UnavailableError: nothing was recorded.
        """
        command = ReviveNotification(delivery_id=delivery_id, idempotency_key=idempotency_key)
        key = key_of(origin, idempotency_key)
        return answer_once(self.units, key, command.fingerprint(), lambda store: _Reviving(store, command, origin))


@dataclass(frozen=True, slots=True)
class _Changing(KeyedTask[Preferences]):
    store: NotificationStore
    change: ChangePreferences
    origin: Origin

    def decide(self) -> Preferences:
        user_id, wanted = self.change.user_id, self.change.preferences
        before = self.store.find_preferences({user_id})[user_id]
        self.store.replace_preferences(user_id, wanted)
        self.store.publish([PreferencesChanged(self.store.new_stamp(self.origin), user_id, before, wanted)])
        return wanted

    def refused(self, reason: BankcoreError) -> CommandRefused:
        subject = Subject("user", self.change.user_id)
        return CommandRefused(self.store.new_stamp(self.origin), PREFERENCES_CHANGED, subject, reason)

    def encode(self, value: Preferences) -> bytes:
        return encode_preferences(value)

    def decode(self, encoded: bytes) -> Preferences:
        return decode_preferences(encoded)


@dataclass(frozen=True, slots=True)
class _Reviving(KeyedTask[UUID]):
    store: NotificationStore
    command: ReviveNotification
    origin: Origin

    def decide(self) -> UUID | Rejected:
        delivery_id = self.command.delivery_id
        revived = self.store.revive(delivery_id)
        if revived is None:
            return Rejected(NotFoundError(resource="dead or skipped notification", identifier=str(delivery_id)))
        self.store.publish([NotificationRevived(self.store.new_stamp(self.origin), revived)])
        return delivery_id

    def refused(self, reason: BankcoreError) -> CommandRefused:
        subject = Subject("notification", self.command.delivery_id)
        return CommandRefused(self.store.new_stamp(self.origin), NOTIFICATION_REVIVED, subject, reason)

    def encode(self, value: UUID) -> bytes:
        return value.bytes

    def decode(self, encoded: bytes) -> UUID:
        return UUID(bytes=encoded)


def encode_preferences(preferences: Preferences) -> bytes:
    """The preferences as the same bytes each time."""
    chosen = {str(template): sorted(channels) for template, channels in preferences.channels.items()}
    return json.dumps(chosen, sort_keys=True, separators=(",", ":")).encode()


def decode_preferences(encoded: bytes) -> Preferences:
    """The preferences in those bytes; a template that is newer than they are has its default."""
    chosen: dict[str, list[str]] = json.loads(encoded)
    return Preferences.of(
        {TemplateName(template): frozenset(map(ChannelName, channels)) for template, channels in chosen.items()}
    )
