"""`bankcore providers`: payment providers, and a simulator of them."""

import importlib
import os
import signal
from contextlib import suppress
from pathlib import Path
from types import FrameType

import click

from bankcore.providers.facts import ProviderFacts
from bankcore_infra.cli.options import FILE, json_option
from bankcore_infra.cli.printing import print_list
from bankcore_infra.cli.provider_configs import add, change, configured
from bankcore_infra.cli.settlements import reconcile
from bankcore_infra.clock import SystemClock
from bankcore_infra.processes import die_with_parent
from bankcore_infra.providers.registry import PROVIDERS
from bankcore_infra.settings import STARTER_VARIABLE

# It is for those who try the bank, and nothing that runs in production stands on it.
_SIMULATOR = "bankcore.testing.provider_simulator"
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


for _command in (add, configured, change, reconcile):
    providers.add_command(_command)


@providers.command(name="list")
@json_option
def list_providers(*, as_json: bool) -> None:
    """Show which providers there are, and what each needs."""
    print_list([_row(each.facts, each.credentials) for each in PROVIDERS.values()], _COLUMNS, as_json=as_json)


@providers.command()
@click.option("--port", type=click.IntRange(0, 65_535), default=8200, show_default=True, help="Port of this machine.")
@click.option("--payers-pay", is_flag=True, help="Have every payer pay at once.")
@click.option("--webhooks", metavar="NAME=URL", multiple=True, help="Where webhooks of that provider go; repeatable.")
@click.option("--journal", type=FILE, help="File in which its books outlive it [default: they end with it].")
def simulate(*, port: int, payers_pay: bool, webhooks: tuple[str, ...], journal: Path | None) -> None:
    """Speak as every provider does, from books of its own, until SIGTERM or Ctrl-C."""
    if starter := os.environ.get(STARTER_VARIABLE):
        die_with_parent(int(starter))
    places = dict(each.split("=", 1) for each in webhooks if "=" in each)
    if len(places) != len(webhooks) or not set(places) <= set(PROVIDERS):
        raise click.BadParameter(f"NAME=URL, with one of: {', '.join(PROVIDERS)}", param_hint="--webhooks")
    simulator = importlib.import_module(_SIMULATOR).ProviderSimulator
    signal.signal(signal.SIGTERM, _interrupt)
    opened = simulator(SystemClock(), port=port, payers_pay=payers_pay, journal=journal)
    with suppress(KeyboardInterrupt), opened as running:
        for name, url in places.items():
            running.send_webhooks(name, url)
        click.echo(f"The simulated providers listen on {running.url}: {', '.join(PROVIDERS)}")
        signal.pause()


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _row(facts: ProviderFacts, credentials: tuple[str, ...]) -> dict[str, str]:
    return {
        "name": facts.name,
        "currencies": " ".join(sorted(facts.currencies)),
        "flows": " ".join(sorted(facts.flows)),
        "webhook_proof": facts.webhook_proof.value,
        "credentials": " ".join(credentials),
    }
