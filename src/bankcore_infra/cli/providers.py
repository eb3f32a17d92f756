"""`bankcore providers`: payment providers, and a simulator of them."""

import click

from bankcore.providers.facts import ProviderFacts
from bankcore_infra.cli.options import json_option
from bankcore_infra.cli.printing import print_list
from bankcore_infra.cli.provider_configs import add, change, configured, health
from bankcore_infra.cli.provider_notices import notices, redrive
from bankcore_infra.cli.settlements import reconcile
from bankcore_infra.cli.simulator import simulate
from bankcore_infra.providers.registry import PROVIDERS

_COLUMNS = {
    "Name": "name",
    "Currencies": "currencies",
    "Payers pay by": "flows",
    "A webhook proves the": "webhook_proof",
    "Credentials": "credentials",
}


@click.group()
def providers() -> None:
    """List payment providers, configure them for a tenant, and simulate them."""


for _command in (add, configured, change, health, notices, reconcile, redrive, simulate):
    providers.add_command(_command)


@providers.command(name="list")
@json_option
def list_providers(*, as_json: bool) -> None:
    """Show which providers there are, and what each needs."""
    print_list([_row(each.facts, each.credentials) for each in PROVIDERS.values()], _COLUMNS, as_json=as_json)


def _row(facts: ProviderFacts, credentials: tuple[str, ...]) -> dict[str, str]:
    return {
        "name": facts.name,
        "currencies": " ".join(sorted(facts.currencies)),
        "flows": " ".join(sorted(facts.flows)),
        "webhook_proof": facts.webhook_proof.value,
        "credentials": " ".join(credentials),
    }
