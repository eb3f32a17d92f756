"""The simulator of payment providers as a program: `bankcore providers simulate`, and a child of `bankcore up`.

It imports little, so that whoever tries the bank has it beside the bank at once.
"""

import importlib
import os
import signal
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import FrameType, ModuleType
from typing import Final

import click

from bankcore_infra.cli.options import FILE
from bankcore_infra.clock import SystemClock
from bankcore_infra.processes import STARTER_VARIABLE, die_with_parent

# It is for those who try the bank, and nothing that runs in production stands on it.
_SIMULATOR: Final = "bankcore.testing.provider_simulator"
# Real ones take days; who tries the bank sees a refund `processing`, and soon after how it ends.
_REFUNDS_EVERY_S: Final = 2.0


@click.command()
@click.option("--port", type=click.IntRange(0, 65_535), default=8200, show_default=True, help="Port of this machine.")
@click.option("--payers-pay", is_flag=True, help="Have every payer pay at once.")
@click.option("--webhooks", metavar="NAME=URL", multiple=True, help="Where webhooks of that provider go; repeatable.")
@click.option("--journal", type=FILE, help="File in which its books outlive it [default: they end with it].")
def simulate(*, port: int, payers_pay: bool, webhooks: tuple[str, ...], journal: Path | None) -> None:
    """Speak as every provider does, from books of its own, until SIGTERM or Ctrl-C.

    A refund that a real provider gives within days is given within two seconds.
    """
    if starter := os.environ.get(STARTER_VARIABLE):
        die_with_parent(int(starter))
    simulated = _simulated()
    names: tuple[str, ...] = simulated.NAMES
    places = dict(each.split("=", 1) for each in webhooks if "=" in each)
    if len(places) != len(webhooks) or not set(places) <= set(names):
        raise click.BadParameter(f"NAME=URL, with one of: {', '.join(names)}", param_hint="--webhooks")
    signal.signal(signal.SIGTERM, _interrupt)
    opened = simulated.ProviderSimulator(SystemClock(), port=port, payers_pay=payers_pay, journal=journal)
    with suppress(KeyboardInterrupt), opened as running:
        for name, url in places.items():
            running.send_webhooks(name, url)
        click.echo(f"The simulated providers listen on {running.url}: {', '.join(names)}")
        while True:
            time.sleep(_REFUNDS_EVERY_S)
            for name in names:
                running.finish_refunds(name)


def simulated_credentials(provider: str) -> Mapping[str, str]:
    """What a customer of that simulated provider is given; it opens nothing."""
    credentials: Mapping[str, str] = _simulated().CREDENTIALS[provider]
    return credentials


def _simulated() -> ModuleType:
    return importlib.import_module(_SIMULATOR)


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    simulate()
