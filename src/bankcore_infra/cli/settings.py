"""`bankcore settings`: what can be set."""

import click

from bankcore_infra.environment import CAPABILITY_SETTINGS
from bankcore_infra.settings_file import settings_file


@click.command()
def settings() -> None:
    """Print every setting with its default, as a file to begin a `.env` with."""
    click.echo(settings_file(CAPABILITY_SETTINGS), nl=False)
