"""`bankcore keys`: gives the secrets of the bank to new keys."""

from pathlib import Path

import click
from rich.console import Console

from bankcore.encryption.key_encryption import KeyEncryption
from bankcore_infra.cli.banks import bank_at
from bankcore_infra.cli.options import OPERATOR, data_dir_option
from bankcore_infra.cli.printing import progress_bar
from bankcore_infra.encryption.rotation import SecretRotation


@click.group()
def keys() -> None:
    """Give the secrets of the bank to new keys."""


@keys.command("rotate-secrets")
@data_dir_option
def rotate_secrets(data_dir: Path | None) -> None:
    """Make a new key for the secrets of all tenants and give them to it, while the bank works.

    A rotation that was stopped goes on where it was. Keep the older key files as long as a backup needs them.
    """
    with bank_at(data_dir) as bank, progress_bar("secrets", Console(stderr=True)) as show:
        tenants = [tenant.id for tenant in bank.tenants.list_tenants()]
        done = SecretRotation(bank.database, bank.get(KeyEncryption), OPERATOR).run(tenants, show)
    began = "went on with" if done.is_resumed else "made"
    click.echo(f"{began} the key {done.key_name}; {done.rewrapped} secrets have it now")
    for problem in done.unreadable:
        click.echo(problem, err=True)
    if done.unreadable:
        raise click.ClickException(f"{len(done.unreadable)} secrets cannot be read and keep their old key")
