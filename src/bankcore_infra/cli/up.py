"""`bankcore up`: everything, on embedded servers or on those of the settings, until Ctrl-C."""

import signal
from pathlib import Path
from types import FrameType
from typing import NoReturn

import click

from bankcore_infra.cli.options import data_dir_option
from bankcore_infra.cli.start_check import require_complete
from bankcore_infra.cli.supervisor import Supervisor
from bankcore_infra.environment import load_settings
from bankcore_infra.installation import Installation, names_servers, open_external
from bankcore_infra.servers import start_embedded
from bankcore_infra.settings import ProcessRole, Settings


class Stop(BaseException):
    """SIGTERM came; like Ctrl-C, it passes every `except Exception`."""


@click.command()
@click.option("--host", help="Address to listen on [BANKCORE_HOST, default 127.0.0.1].")
@click.option("--port", type=int, help="Port to listen on, 0 for a free one [BANKCORE_PORT, default 8000].")
@data_dir_option
def up(host: str | None, port: int | None, data_dir: Path | None) -> None:
    """Run the bank until Ctrl-C.

    Where the settings name no server, a PostgreSQL and a Valkey are started in the data folder, which keeps data, keys
    and logs; beside them simulated payment providers serve the tenants of the kind test. Other programs find addresses
    and process ids in its file bankcore.json. With BANKCORE_ROLE only that role runs.
    """
    settings = load_settings(host=host, port=port, data_dir=data_dir)
    require_complete(settings)
    signal.signal(signal.SIGTERM, _stop)
    try:
        with _installation(settings) as installation, Supervisor(installation, settings) as supervisor:
            _announce(supervisor, installation, settings.role)
            supervisor.watch()
    except (KeyboardInterrupt, Stop):
        click.echo("bankcore has stopped", err=True)


def _announce(supervisor: Supervisor, installation: Installation, role: ProcessRole) -> None:
    url = supervisor.url
    if role in {ProcessRole.ALL, ProcessRole.API}:
        click.echo(f"bankcore is ready at {url}")
        click.echo(f"  logs and data: {installation.data_dir}   API description: {url}/docs", err=True)
        if supervisor.simulator_url is not None:
            click.echo(f"  providers of payments in tenants of the kind test: {supervisor.simulator_url}", err=True)
    else:
        click.echo(f"bankcore runs as {role}")


def _installation(settings: Settings) -> Installation:
    return open_external(settings) if names_servers(settings) else start_embedded(settings)


def _stop(_signal: int, _frame: FrameType | None) -> NoReturn:
    # A second signal must not interrupt the stopping, which is bounded in time.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise Stop
