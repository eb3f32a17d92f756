"""Administrators make configurations of providers, and change them."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import ClassVar
from uuid import UUID

from bankcore.actions import Action, Subject
from bankcore.errors import BankcoreError, ConflictError, InvalidRequestError, LedgerInvariantError, NotFoundError
from bankcore.events.stamps import CommandRefused
from bankcore.idempotency.answers import Accepted, KeyedTask, Rejected, answer_once
from bankcore.idempotency.keys import key_of
from bankcore.origin import LIBRARY, Origin
from bankcore.payments.actions import CONFIG_CHANGED, CONFIG_CREATED
from bankcore.payments.configuration_ports import (
    Credentials,
    ProviderConfigChanged,
    ProviderConfigUnit,
    ProviderConfigUnits,
    ProviderFactory,
)
from bankcore.payments.configurations import (
    PRIORITY_MAX,
    WEIGHT_MAX,
    ProviderConfig,
    ProviderConfigId,
    require_config_name,
)
from bankcore.providers.states import ProviderMode
from bankcore.texts import require_text

CREDENTIAL_LENGTH_MAX = 4096
_HINT_LENGTH = 4
Decide = Callable[[ProviderConfigUnit], ProviderConfig | Rejected]


@dataclass(eq=True, unsafe_hash=True, kw_only=True)
class ConfigExistsError(ConflictError):
    """There is a configuration of that name."""

    code: ClassVar[str] = "config_exists"
    title: ClassVar[str] = "A configuration with this name exists"
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedConfig:
    """What a configuration is to be; what is None stays as it is, or is the default of a new one."""

    name: str | None = None
    provider: str | None = None
    credentials: Credentials | None = field(default=None, repr=False)
    priority: int | None = None
    is_enabled: bool | None = None
    weight: int | None = None

    def __post_init__(self) -> None:
        """Refuse a name that is none, and a priority or weight out of range."""
        if self.name is not None:
            require_config_name(self.name)
        if self.priority is not None and not 0 <= self.priority <= PRIORITY_MAX:
            raise InvalidRequestError(pointer="/priority", detail=f"0 to {PRIORITY_MAX}")
        if self.weight is not None and not 1 <= self.weight <= WEIGHT_MAX:
            raise InvalidRequestError(pointer="/weight", detail=f"1 to {WEIGHT_MAX}")

    def fingerprint(self, config_id: ProviderConfigId | None) -> bytes:
        """SHA-256 of all that is asked."""
        secret = None if self.credentials is None else sorted(self.credentials.items())
        asked = ["config", str(config_id), self.name, self.provider, secret, self.priority, self.is_enabled]
        # As it was before there were weights, for keys that are remembered.
        weight = [] if self.weight is None else [self.weight]
        return sha256(json.dumps(asked + weight).encode()).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigureProviders:
    """The configurations of one tenant. A test tenant speaks to test accounts alone.

    Each method raises, besides what it names: IdempotencyKeyReusedError, IdempotencyInProgressError, UnavailableError
    and OutcomeUnknownError.
    """

    units: ProviderConfigUnits
    factory: ProviderFactory
    mode: ProviderMode

    def create(
        self, wanted: WantedConfig, *, origin: Origin = LIBRARY, idempotency_key: str | None = None
    ) -> Accepted[ProviderConfig]:
        """Make a configuration.

        Raises:
            InvalidRequestError: there is no such provider, or the credentials are not those that it wants.
            ConfigExistsError: the name is taken.
        """
        name, provider = wanted.name or "", wanted.provider or ""
        require_config_name(name)
        if provider not in self.factory.list_names():
            names = ", ".join(sorted(self.factory.list_names()))
            raise InvalidRequestError(pointer="/provider", detail=f"one of {names}")
        credentials = wanted.credentials or {}

        def decide(unit: ProviderConfigUnit) -> ProviderConfig | Rejected:
            if unit.find_config_named(name) is not None:
                return Rejected(ConfigExistsError(name=name))
            config = ProviderConfig(
                id=ProviderConfigId(unit.new_id()),
                name=name,
                provider=provider,
                created_at=unit.opened_at,
                priority=wanted.priority or 0,
                weight=wanted.weight or 1,
                is_enabled=wanted.is_enabled is not False,
            )
            config = self._proved(config, credentials)
            unit.add_config(config)
            unit.keep_credentials(config.id, credentials)
            unit.publish([ProviderConfigChanged(unit.new_stamp(origin), CONFIG_CREATED, config)])
            return config

        asked = _AskedConfig(CONFIG_CREATED, None, wanted.fingerprint(None))
        return self._answer(asked, decide, origin, idempotency_key)

    def change(
        self,
        config_id: ProviderConfigId,
        wanted: WantedConfig,
        *,
        origin: Origin = LIBRARY,
        idempotency_key: str | None = None,
    ) -> Accepted[ProviderConfig]:
        """Change place, credentials, or whether new payments go there. What was sent there is still asked for.

        Raises:
            InvalidRequestError: a name or a provider is given, or the credentials are not those that it wants.
            NotFoundError: there is no such configuration.
        """
        if wanted.name is not None or wanted.provider is not None:
            raise InvalidRequestError(pointer="/name", detail="name and provider stay; make another configuration")

        def decide(unit: ProviderConfigUnit) -> ProviderConfig | Rejected:
            config = unit.lock_config(config_id)
            if config is None:
                return Rejected(NotFoundError(resource="provider_config", identifier=str(config_id)))
            if wanted.credentials is not None:
                config = self._proved(replace(config, version=config.version + 1), wanted.credentials)
                unit.keep_credentials(config_id, wanted.credentials)
            config = replace(
                config,
                priority=config.priority if wanted.priority is None else wanted.priority,
                weight=wanted.weight or config.weight,
                is_enabled=config.is_enabled if wanted.is_enabled is None else wanted.is_enabled,
            )
            unit.update_config(config)
            unit.publish([ProviderConfigChanged(unit.new_stamp(origin), CONFIG_CHANGED, config)])
            return config

        asked = _AskedConfig(CONFIG_CHANGED, config_id, wanted.fingerprint(config_id))
        return self._answer(asked, decide, origin, idempotency_key)

    def _proved(self, config: ProviderConfig, credentials: Mapping[str, str]) -> ProviderConfig:
        """The configuration with the hint of its credentials. Raises: InvalidRequestError."""
        names = self.factory.list_credentials(config.provider)
        if sorted(credentials) != sorted(names):
            raise InvalidRequestError(pointer="/credentials", detail=f"exactly these: {', '.join(names)}")
        for name in names:
            require_text(credentials[name], f"/credentials/{name}", length_max=CREDENTIAL_LENGTH_MAX)
        self.factory.make_provider(config, credentials, self.mode)
        secret = credentials[names[0]] if names else ""
        # Of a short secret, four characters would be too much to show.
        return replace(config, hint=secret[-_HINT_LENGTH:] if len(secret) >= 4 * _HINT_LENGTH else "")

    def _answer(
        self, asked: "_AskedConfig", decide: Decide, origin: Origin, idempotency_key: str | None
    ) -> Accepted[ProviderConfig]:
        key = key_of(origin, idempotency_key)
        return answer_once(
            self.units, key, asked.fingerprint, lambda unit: _ChangingConfig(unit, asked, decide, origin)
        )


@dataclass(frozen=True, slots=True)
class _AskedConfig:
    action: Action
    config_id: ProviderConfigId | None
    fingerprint: bytes


@dataclass(frozen=True, slots=True)
class _ChangingConfig(KeyedTask[ProviderConfig]):
    unit: ProviderConfigUnit
    asked: _AskedConfig
    decision: Decide
    origin: Origin

    def decide(self) -> ProviderConfig | Rejected:
        return self.decision(self.unit)

    def refused(self, reason: BankcoreError) -> CommandRefused:
        config_id = self.asked.config_id
        subject = None if config_id is None else Subject("provider_config", config_id)
        return CommandRefused(self.unit.new_stamp(self.origin), self.asked.action, subject, reason)

    def encode(self, value: ProviderConfig) -> bytes:
        return value.id.bytes

    def decode(self, encoded: bytes) -> ProviderConfig:
        config = self.unit.find_config(ProviderConfigId(UUID(bytes=encoded)))
        if config is None:
            raise LedgerInvariantError("a configuration is remembered that is not there")
        return config
