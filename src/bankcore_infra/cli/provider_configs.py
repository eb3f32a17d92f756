"""`bankcore providers add|configured|change`: the accounts of a tenant at payment providers."""

from dataclasses import replace
from pathlib import Path
from typing import Final
from uuid import UUID

import click

from bankcore.payments.configuration_ports import ProviderConfigQueries
from bankcore.payments.configurations import ProviderConfig, ProviderConfigId
from bankcore.payments.configure import ConfigureProviders, WantedConfig
from bankcore.payments.health import ConfigHealth, WatchProviders
from bankcore.payments.webhook_names import NamedConfig
from bankcore.providers.states import ProviderMode
from bankcore_infra.cli.banks import bank_at
from bankcore_infra.cli.options import OPERATOR, data_dir_option, json_option, tenant_option
from bankcore_infra.cli.printing import print_list
from bankcore_infra.cli.simulator import simulated_credentials
from bankcore_infra.providers.registry import PROVIDERS, get_registered

_COLUMNS: Final = {
    "id": "id",
    "name": "name",
    "provider": "provider",
    "priority": "priority",
    "weight": "weight",
    "enabled": "enabled",
    "credentials end in": "hint",
    "webhooks to": "webhookPath",
}
_HEALTH_COLUMNS: Final = {
    "name": "name",
    "provider": "provider",
    "enabled": "enabled",
    "circuit": "circuit",
    "open until": "openUntil",
    "failures in a row": "failuresInARow",
    "says": "health",
    "asked at": "checkedAt",
}
_config_argument: Final = click.argument("config_id", type=click.UUID)
_priority_option: Final = click.option("--priority", type=int, help="The lowest goes first.")
_weight_option: Final = click.option(
    "--weight", type=int, help="How often it goes first among those of its priority: 3 beside 1 is three of four."
)


@click.command()
@click.option("--name", required=True, help="As people know it; it stays.")
@click.option("--provider", type=click.Choice(sorted(PROVIDERS)), required=True, help="Which provider it is at.")
@_priority_option
@_weight_option
@click.option("--simulated", "is_simulated", is_flag=True, help="Take the credentials of the simulated provider.")
@tenant_option
@data_dir_option
def add(  # noqa: PLR0913 - one parameter for each option
    *,
    name: str,
    provider: str,
    priority: int | None,
    weight: int | None,
    is_simulated: bool,
    slug: str,
    data_dir: Path | None,
) -> None:
    """Add an account at a provider; its credentials are asked for, and never shown again."""
    credentials = simulated_credentials(provider) if is_simulated else _ask_for(provider)
    named = WantedConfig(name=name, provider=provider, credentials=credentials)
    wanted = replace(named, priority=priority, weight=weight)
    with bank_at(data_dir) as bank:
        tenant = bank.tenant(slug)
        configure = tenant.get(ConfigureProviders)
        if is_simulated and configure.mode is not ProviderMode.TEST:
            raise click.UsageError("--simulated is for tenants of the kind test")
        config = configure.create(wanted, origin=OPERATOR).value
        click.echo(f"{config.name} is {config.id}; webhooks go to {NamedConfig(tenant.id, config.id).webhook_path}")


@click.command()
@tenant_option
@json_option
@data_dir_option
def configured(*, slug: str, as_json: bool, data_dir: Path | None) -> None:
    """List the accounts of the tenant at providers, in the order in which they are tried."""
    with bank_at(data_dir) as bank:
        tenant = bank.tenant(slug)
        configs = tenant.get(ProviderConfigQueries).list_configs()
        rows = [_row(config, NamedConfig(tenant.id, config.id)) for config in configs]
    print_list(rows, _COLUMNS, as_json=as_json)


@click.command()
@tenant_option
@json_option
@data_dir_option
def health(*, slug: str, as_json: bool, data_dir: Path | None) -> None:
    """Ask the enabled providers of the tenant how they do, and tell whether orders go there."""
    with bank_at(data_dir) as bank:
        rows = [_health_row(each) for each in bank.tenant(slug).get(WatchProviders).list_health()]
    print_list(rows, _HEALTH_COLUMNS, as_json=as_json)


@click.command()
@_config_argument
@_priority_option
@_weight_option
@click.option("--enable/--disable", "is_enabled", default=None, help="Whether new payments go there.")
@click.option("--credentials", "has_new", is_flag=True, help="Ask for new credentials.")
@tenant_option
@data_dir_option
def change(  # noqa: PLR0913 - one parameter for each option
    *,
    config_id: UUID,
    priority: int | None,
    weight: int | None,
    is_enabled: bool | None,
    has_new: bool,
    slug: str,
    data_dir: Path | None,
) -> None:
    """Change CONFIG_ID: its place, its credentials, or whether new payments go there."""
    with bank_at(data_dir) as bank:
        tenant = bank.tenant(slug)
        configs = {config.id: config for config in tenant.get(ProviderConfigQueries).list_configs()}
        known = configs.get(ProviderConfigId(config_id))
        credentials = _ask_for(known.provider) if has_new and known is not None else None
        wanted = WantedConfig(priority=priority, weight=weight, is_enabled=is_enabled, credentials=credentials)
        tenant.get(ConfigureProviders).change(ProviderConfigId(config_id), wanted, origin=OPERATOR)
    click.echo(f"{config_id} is changed")


def _ask_for(provider: str) -> dict[str, str]:
    return {name: click.prompt(name, hide_input=True) for name in get_registered(provider).credentials}


def _row(config: ProviderConfig, named: NamedConfig) -> dict[str, object]:
    return {
        "id": str(config.id),
        "name": config.name,
        "provider": config.provider,
        "priority": config.priority,
        "weight": config.weight,
        "enabled": config.is_enabled,
        "hint": config.hint,
        "webhookPath": named.webhook_path,
    }


def _health_row(health: ConfigHealth) -> dict[str, object]:
    answer = health.answer
    return {
        "name": health.config.name,
        "provider": health.config.provider,
        "enabled": health.config.is_enabled,
        "circuit": health.state,
        "openUntil": None if health.open_until is None else health.open_until.isoformat(),
        "failuresInARow": health.failures_in_a_row,
        "health": None if answer is None else answer.health,
        "checkedAt": None if answer is None else answer.at.isoformat(),
    }
