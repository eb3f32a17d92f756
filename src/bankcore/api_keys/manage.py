"""Administrators make, rotate and revoke keys of services."""

import json
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final
from uuid import UUID

from bankcore.actions import Action, Subject
from bankcore.api_keys.actions import API_KEY_CREATED, API_KEY_REVOKED, API_KEY_ROTATED
from bankcore.api_keys.key_text import ApiKeyText
from bankcore.api_keys.keys import (
    NAME_LENGTH_MAX,
    OVERLAP_MAX,
    ApiKey,
    ApiKeyId,
    ServiceId,
    require_networks,
    require_scopes,
)
from bankcore.api_keys.ports import ApiKeyChanged, ApiKeyUnit, ApiKeyUnits, KeySecrets
from bankcore.clock import instant_text, require_instant
from bankcore.errors import BankcoreError, InvalidRequestError, InvalidStateError, LedgerInvariantError, NotFoundError
from bankcore.events.stamps import CommandRefused
from bankcore.idempotency.answers import Accepted, KeyedTask, Rejected, answer_once
from bankcore.idempotency.keys import key_of
from bankcore.identifiers import IdentifierSource, TenantId
from bankcore.origin import Origin
from bankcore.permissions import Permission
from bankcore.tenancy.tenants import TenantKind
from bankcore.texts import require_text

OVERLAP: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateApiKey:
    """Make a key for a new service."""

    name: str
    scopes: frozenset[Permission]
    networks: tuple[str, ...] = ()
    expires_at: datetime | None = None
    idempotency_key: str | None = None

    def __post_init__(self) -> None:
        """Refuse a name, a scope or a network that is none; InvalidRequestError."""
        require_text(self.name, "/name", length_max=NAME_LENGTH_MAX)
        object.__setattr__(self, "scopes", require_scopes(sorted(self.scopes)))
        object.__setattr__(self, "networks", require_networks(self.networks))
        if self.expires_at is not None:
            object.__setattr__(self, "expires_at", require_instant(self.expires_at, "/expiresAt"))

    def fingerprint(self) -> bytes:
        """A hash of everything but the key."""
        return _fingerprint("create", self.name, sorted(self.scopes), self.networks, _text(self.expires_at))


@dataclass(frozen=True, slots=True, kw_only=True)
class RotateApiKey:
    """Make a new key for the same service; the old one goes on for as long as they overlap."""

    key_id: ApiKeyId
    overlap: timedelta = OVERLAP
    expires_at: datetime | None = None
    """Of the new key; by default that of the old one."""
    idempotency_key: str | None = None

    def __post_init__(self) -> None:
        """Refuse an overlap that is too long; InvalidRequestError."""
        if not timedelta(0) <= self.overlap <= OVERLAP_MAX:
            raise InvalidRequestError(pointer="/overlapSeconds", detail=f"0 to {OVERLAP_MAX.days} days")
        if self.expires_at is not None:
            object.__setattr__(self, "expires_at", require_instant(self.expires_at, "/expiresAt"))

    def fingerprint(self) -> bytes:
        """A hash of everything but the key."""
        return _fingerprint("rotate", self.key_id.hex, self.overlap.total_seconds(), _text(self.expires_at))


@dataclass(frozen=True, slots=True)
class MadeApiKey:
    """A new key; its text is told once, and None when the answer is given again."""

    key: ApiKey
    text: str | None = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ManageApiKeys:
    """Keys of one tenant's services; the texts of a test tenant's keys say so."""

    tenant_id: TenantId
    kind: TenantKind
    units: ApiKeyUnits
    secrets: KeySecrets
    ids: IdentifierSource

    def create(self, command: CreateApiKey, *, origin: Origin) -> Accepted[MadeApiKey]:
        """Make the key.

        Raises:
            InvalidRequestError: it would have expired already.
            IdempotencyKeyReusedError, IdempotencyInProgressError: the key of the request is in use.
            UnavailableError, OutcomeUnknownError: send it again.
        """
        new, key_id = self._new_text(), ApiKeyId(self.ids.new_id())

        def begin(unit: ApiKeyUnit) -> _Making:
            return _Creating(unit, self.secrets, new, key_id, origin, command=command)

        key = key_of(origin, command.idempotency_key)
        return answer_once(self.units, key, command.fingerprint(), begin)

    def rotate(self, command: RotateApiKey, *, origin: Origin) -> Accepted[MadeApiKey]:
        """Make the successor of the key.

        Raises:
            NotFoundError: there is no such key.
            InvalidStateError: it is revoked, or has expired.
            InvalidRequestError, IdempotencyKeyReusedError, IdempotencyInProgressError: as `create`.
            UnavailableError, OutcomeUnknownError: send it again.
        """
        new, key_id = self._new_text(), ApiKeyId(self.ids.new_id())

        def begin(unit: ApiKeyUnit) -> _Making:
            return _Rotating(unit, self.secrets, new, key_id, origin, command=command)

        key = key_of(origin, command.idempotency_key)
        return answer_once(self.units, key, command.fingerprint(), begin)

    def revoke(self, key_id: ApiKeyId, *, origin: Origin, idempotency_key: str | None = None) -> Accepted[ApiKey]:
        """End the key now; a revoked one stays as it is.

        Raises:
            NotFoundError: there is no such key.
            IdempotencyKeyReusedError, IdempotencyInProgressError: as `create`.
            UnavailableError, OutcomeUnknownError: send it again.
        """
        fingerprint = _fingerprint("revoke", key_id.hex)
        key = key_of(origin, idempotency_key)
        return answer_once(self.units, key, fingerprint, lambda unit: _Revoking(unit, key_id, origin))

    def _new_text(self) -> ApiKeyText:
        """Made before the unit of work, so that one that is submitted again after a lost answer makes the same key."""
        return ApiKeyText(self.kind, self.tenant_id, self.secrets.new_secret())


@dataclass(frozen=True, slots=True)
class _Making(KeyedTask[MadeApiKey]):
    unit: ApiKeyUnit
    secrets: KeySecrets
    new: ApiKeyText
    key_id: ApiKeyId
    origin: Origin

    def _add(self, key: ApiKey, action: Action) -> MadeApiKey:
        if key.expires_at is not None and key.expires_at <= self.unit.opened_at:
            raise InvalidRequestError(pointer="/expiresAt", detail="a future instant")
        self.unit.add_key(key, self.secrets.digest_of(self.new.text))
        self.unit.publish([ApiKeyChanged(self.unit.new_stamp(self.origin), action, key)])
        return MadeApiKey(key, self.new.text)

    def encode(self, value: MadeApiKey) -> bytes:
        return value.key.id.bytes

    def decode(self, encoded: bytes) -> MadeApiKey:
        key = _find(self.unit, encoded)
        own = self.unit.find_key_by(self.secrets.digest_of(self.new.text))
        return MadeApiKey(key, self.new.text if own == key else None)


@dataclass(frozen=True, slots=True)
class _Creating(_Making):
    command: CreateApiKey = field(kw_only=True)

    def decide(self) -> MadeApiKey:
        command = self.command
        key = ApiKey(
            id=self.key_id,
            service_id=ServiceId(self.key_id),
            name=command.name,
            hint=self.new.hint,
            scopes=command.scopes,
            networks=command.networks,
            created_at=self.unit.opened_at,
            expires_at=command.expires_at,
        )
        return self._add(key, API_KEY_CREATED)

    def refused(self, reason: BankcoreError) -> CommandRefused:
        return CommandRefused(self.unit.new_stamp(self.origin), API_KEY_CREATED, None, reason)


@dataclass(frozen=True, slots=True)
class _Rotating(_Making):
    command: RotateApiKey = field(kw_only=True)

    def decide(self) -> MadeApiKey | Rejected:
        old, now = self.unit.lock_key(self.command.key_id), self.unit.opened_at
        if old is None:
            return Rejected(_not_found(self.command.key_id))
        if (state := old.state_at(now)) != "live":
            return Rejected(InvalidStateError(resource="api_key", identifier=str(old.id), state=state))
        self.unit.end_key(old.ending(now + self.command.overlap))
        successor = replace(
            old,
            id=self.key_id,
            hint=self.new.hint,
            created_at=now,
            expires_at=self.command.expires_at or old.expires_at,
            last_used_at=None,
        )
        return self._add(successor, API_KEY_ROTATED)

    def refused(self, reason: BankcoreError) -> CommandRefused:
        subject = Subject("api_key", self.command.key_id)
        return CommandRefused(self.unit.new_stamp(self.origin), API_KEY_ROTATED, subject, reason)


@dataclass(frozen=True, slots=True)
class _Revoking(KeyedTask[ApiKey]):
    unit: ApiKeyUnit
    key_id: ApiKeyId
    origin: Origin

    def decide(self) -> ApiKey | Rejected:
        key = self.unit.lock_key(self.key_id)
        if key is None:
            return Rejected(_not_found(self.key_id))
        if key.revoked_at is None:
            key = replace(key, revoked_at=self.unit.opened_at)
            self.unit.end_key(key)
            self.unit.publish([ApiKeyChanged(self.unit.new_stamp(self.origin), API_KEY_REVOKED, key)])
        return key

    def refused(self, reason: BankcoreError) -> CommandRefused:
        subject = Subject("api_key", self.key_id)
        return CommandRefused(self.unit.new_stamp(self.origin), API_KEY_REVOKED, subject, reason)

    def encode(self, value: ApiKey) -> bytes:
        return value.id.bytes

    def decode(self, encoded: bytes) -> ApiKey:
        return _find(self.unit, encoded)


def _find(unit: ApiKeyUnit, encoded: bytes) -> ApiKey:
    key = unit.find_key(ApiKeyId(UUID(bytes=encoded)))
    if key is None:
        raise LedgerInvariantError("the making of an API key is remembered, the key is not")
    return key


def _not_found(key_id: ApiKeyId) -> NotFoundError:
    return NotFoundError(resource="api_key", identifier=str(key_id))


def _text(instant: datetime | None) -> str | None:
    return None if instant is None else instant_text(instant)


def _fingerprint(*parts: object) -> bytes:
    return sha256(json.dumps(["api_key", *parts]).encode()).digest()
