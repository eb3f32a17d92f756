"""Configurations of providers for administrators: list, make, change."""

from dataclasses import replace
from typing import Annotated, Final
from uuid import UUID

from pydantic import Field
from typing_extensions import TypedDict

from bankcore.errors import NotFoundError, OutcomeUnknownError
from bankcore.identifiers import TenantId
from bankcore.payments.configuration_ports import ProviderConfigQueries
from bankcore.payments.configurations import NAME_LENGTH_MAX, PRIORITY_MAX, WEIGHT_MAX, ProviderConfig, ProviderConfigId
from bankcore.payments.configure import ConfigExistsError, ConfigureProviders, WantedConfig
from bankcore.payments.health import WatchProviders
from bankcore.payments.webhook_names import NamedConfig
from bankcore.permissions import Permission
from bankcore.services import Services
from bankcore_http.answering import members
from bankcore_http.answering.envelope import Answer
from bankcore_http.answering.members import Doc
from bankcore_http.answering.replays import replay_headers
from bankcore_http.answering.wire import render_instant
from bankcore_http.auth import BearerToken, Caller
from bankcore_http.blueprint import Blueprint
from bankcore_http.payments.health import tell_health
from bankcore_http.reading.fields import Omissible, text, whole_number
from bankcore_http.reading.idempotency import REPLAY_HEADERS, IdempotencyKeyHeader
from bankcore_http.reading.shapes import BodyShape

_KEY: Final = IdempotencyKeyHeader()
_NAME: Final = "paystack"
_CREDENTIALS: Final = {"secret_key": "sk_test_000000000000000000000000"}
_Credentials = Annotated[dict[str, Annotated[str, text(4096)]], Doc(example=_CREDENTIALS)]
_Priority = Annotated[int, whole_number(0, PRIORITY_MAX), Doc(example=0)]
_Weight = Annotated[int, whole_number(1, WEIGHT_MAX), Doc(example=1)]


class ProviderConfigBody(BodyShape):
    """An account of the bank at a provider."""

    name: Annotated[str, text(NAME_LENGTH_MAX), Doc(example=_NAME)]
    provider: Annotated[str, text(NAME_LENGTH_MAX), Doc(example="paystack")]
    credentials: Annotated[_Credentials, Doc(description="By the provider's own names; never shown again")]
    priority: Annotated[_Priority, Doc(description="The lowest goes first")] = 0
    weight: Annotated[_Weight, Doc(description="How often it goes first among equals")] = 1


class ProviderConfigChangeBody(BodyShape):
    """What of it changes."""

    credentials: Omissible[_Credentials] = None
    priority: Omissible[_Priority] = None
    weight: Omissible[_Weight] = None
    enabled: Annotated[Omissible[Annotated[bool, Field(strict=True)]], Doc(example=True)] = None


class ProviderConfigShape(TypedDict):
    """A configuration; `hint` is how its credential ends."""

    id: Annotated[members.Id, Doc(example="019c1406-3400-7000-8000-0000000000c1")]
    name: Annotated[str, Doc(example=_NAME)]
    provider: Annotated[str, Doc(example="paystack")]
    priority: members.Count
    weight: members.Count
    enabled: bool
    hint: Annotated[str, Doc(example="0000")]
    webhookPath: Annotated[str, Doc(example="/v1/providers/.../webhooks")]
    createdAt: members.Instant


def provider_configs_blueprint(services: Services, caller: BearerToken) -> Blueprint:
    """`/v1/admin/providers`, of the administrator's tenant."""
    configure_of, queries_of = services.each(ConfigureProviders), services.each(ProviderConfigQueries)
    blueprint = Blueprint("providers", url_prefix="/v1/admin/providers", description="Who takes money for the bank")
    tell_health(blueprint, services.each(WatchProviders), caller)

    @blueprint.route("")
    @blueprint.takes(caller.who_may(Permission.PROVIDERS_READ))
    @blueprint.response(200, ProviderConfigShape, many=True)
    def list_providers(caller: Caller) -> Answer:
        """List all configurations, lowest priority first.

        For administrators. Credentials are shown to nobody.
        """
        configs = queries_of(caller.principal.tenant_id).list_configs()
        return Answer([present_config(caller.principal.tenant_id, config) for config in configs])

    @blueprint.route("", methods=["POST"])
    @blueprint.takes(caller.who_may(Permission.PROVIDERS_MANAGE))
    @blueprint.takes(_KEY)
    @blueprint.arguments(ProviderConfigBody)
    @blueprint.response(201, ProviderConfigShape, message="Provider configured", headers=REPLAY_HEADERS)
    @blueprint.raises(ConfigExistsError, OutcomeUnknownError)
    def configure_provider(caller: Caller, key: str, body: ProviderConfigBody) -> Answer:
        """Configure a provider.

        For administrators. A test tenant takes test credentials alone.
        """
        named = WantedConfig(name=body.name, provider=body.provider, credentials=body.credentials)
        wanted = replace(named, priority=body.priority, weight=body.weight)
        configure = configure_of(caller.principal.tenant_id)
        made = configure.create(wanted, origin=caller.acting_origin, idempotency_key=key)
        return Answer(
            present_config(caller.principal.tenant_id, made.value), headers=replay_headers(replayed=made.replayed)
        )

    @blueprint.route("/<uuid:config_id>", methods=["PATCH"])
    @blueprint.takes(caller.who_may(Permission.PROVIDERS_MANAGE))
    @blueprint.takes(_KEY)
    @blueprint.arguments(ProviderConfigChangeBody)
    @blueprint.response(200, ProviderConfigShape, message="Provider changed", headers=REPLAY_HEADERS)
    @blueprint.raises(NotFoundError, OutcomeUnknownError)
    def change_provider(caller: Caller, key: str, body: ProviderConfigChangeBody, *, config_id: UUID) -> Answer:
        """Change credentials, place, or whether new payments go there.

        For administrators. What was sent there is still asked for.
        """
        placed = WantedConfig(priority=body.priority, weight=body.weight)
        wanted = replace(placed, credentials=body.credentials, is_enabled=body.enabled)
        configure = configure_of(caller.principal.tenant_id)
        changed = configure.change(
            ProviderConfigId(config_id), wanted, origin=caller.acting_origin, idempotency_key=key
        )
        return Answer(
            present_config(caller.principal.tenant_id, changed.value), headers=replay_headers(replayed=changed.replayed)
        )

    return blueprint


def present_config(tenant_id: TenantId, config: ProviderConfig) -> ProviderConfigShape:
    """A configuration, without what proves it."""
    return {
        "id": str(config.id),
        "name": config.name,
        "provider": config.provider,
        "priority": config.priority,
        "weight": config.weight,
        "enabled": config.is_enabled,
        "hint": config.hint,
        "webhookPath": NamedConfig(tenant_id, config.id).webhook_path,
        "createdAt": render_instant(config.created_at),
    }
