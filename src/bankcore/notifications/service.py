"""Notifications as their users and operators see them: preferences, and what became of each delivery."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from bankcore.errors import BankcoreError, NotFoundError
from bankcore.idempotency.keys import (
    IdempotencyInProgressError,
    IdempotencyKey,
    IdempotencyKeyReusedError,
    InProgress,
    KeyRecord,
    require_key,
)
from bankcore.identifiers import UserId
from bankcore.notifications.channels import ChannelName
from bankcore.notifications.deliveries import Delivery, DeliveryStatus
from bankcore.notifications.events import NotificationRevived, PreferencesChanged
from bankcore.notifications.ports import NotificationStore, NotificationUnits
from bankcore.notifications.preferences import Preferences
from bankcore.notifications.templates import TemplateName
from bankcore.origin import Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePreferences:
    """Ask for other channels; whatever is not named goes back to its default."""

    user_id: UserId
    preferences: Preferences
    idempotency_key: str

    @property
    def fingerprint(self) -> bytes:
        """SHA-256 of what is asked, and for whom: a key that is used for another user is used for something else."""
        return sha256(
            b"notification_preferences\0" + self.user_id.bytes + encode_preferences(self.preferences)
        ).digest()


@dataclass(frozen=True, slots=True)
class ChangedPreferences:
    """The preferences as they were set, now or when the key was used first."""

    preferences: Preferences
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class NotificationService:
    """Preferences and deliveries of one tenant's users."""

    units: NotificationUnits

    def preferences_of(self, user_id: UserId) -> Preferences:
        """What the user chose, and the defaults. Raises: UnavailableError."""
        return self.units.run(lambda store: store.find_preferences({user_id})[user_id], resubmittable=True)

    def change_preferences(self, change: ChangePreferences, *, origin: Origin) -> ChangedPreferences:
        """Keep other preferences, or give the first answer again to who repeats key and request.

        Raises:
            InvalidRequestError: the key is not one.
            IdempotencyKeyReusedError: the key was used for another request.
            IdempotencyInProgressError: the first request with this key is still running.
            UnavailableError: nothing was recorded.
        """
        key = IdempotencyKey(origin.key_scope, require_key(change.idempotency_key))
        answer = self.units.run(lambda store: self._change(store, change, key, origin), resubmittable=True)
        if isinstance(answer, BankcoreError):
            raise answer
        return answer

    def list_of_user(self, user_id: UserId, *, before: UUID | None, limit: int) -> Sequence[Delivery]:
        """What the user was told, latest first. Raises: UnavailableError."""
        return self.units.run(lambda store: store.list_of_user(user_id, before=before, limit=limit), resubmittable=True)

    def list_by_status(self, status: DeliveryStatus, *, limit: int) -> Sequence[Delivery]:
        """The latest deliveries that stand there, for operators. Raises: UnavailableError."""
        return self.units.run(lambda store: store.list_by_status(status, limit=limit), resubmittable=True)

    def revive(self, delivery_id: UUID, *, origin: Origin) -> None:
        """Let a dead or skipped delivery be tried once more, and record who wanted it.

        Raises:
            NotFoundError: there is no such delivery, or it is not dead or skipped.
            UnavailableError: nothing was recorded.
        """
        if not self.units.run(lambda store: self._revive(store, delivery_id, origin), resubmittable=False):
            raise NotFoundError(resource="dead or skipped notification", identifier=str(delivery_id))

    def _revive(self, store: NotificationStore, delivery_id: UUID, origin: Origin) -> bool:
        revived = store.revive(delivery_id)
        if revived is not None:
            store.publish([NotificationRevived(store.new_stamp(origin), revived)])
        return revived is not None

    def _change(
        self, store: NotificationStore, change: ChangePreferences, key: IdempotencyKey, origin: Origin
    ) -> ChangedPreferences | BankcoreError:
        claim = store.claim_keys([key])[key]
        if isinstance(claim, InProgress):
            return IdempotencyInProgressError(idempotency_key=key.value)
        if claim is not None:
            if claim.fingerprint != change.fingerprint:
                return IdempotencyKeyReusedError(idempotency_key=key.value)
            return ChangedPreferences(decode_preferences(claim.outcome), replayed=True)
        before = store.find_preferences({change.user_id})[change.user_id]
        store.replace_preferences(change.user_id, change.preferences)
        store.publish([PreferencesChanged(store.new_stamp(origin), change.user_id, before, change.preferences)])
        answer = encode_preferences(change.preferences)
        store.store_outcomes([KeyRecord(key, change.fingerprint, answer, store.opened_at + store.key_lifetime)])
        return ChangedPreferences(change.preferences)


def encode_preferences(preferences: Preferences) -> bytes:
    """The preferences as the same bytes each time."""
    chosen = {str(template): sorted(channels) for template, channels in preferences.channels.items()}
    return json.dumps(chosen, sort_keys=True, separators=(",", ":")).encode()


def decode_preferences(encoded: bytes) -> Preferences:
    """The preferences out of those bytes; what was not known when they were made has its default."""
    chosen: dict[str, list[str]] = json.loads(encoded)
    return Preferences.of(
        {TemplateName(template): frozenset(map(ChannelName, channels)) for template, channels in chosen.items()}
    )
