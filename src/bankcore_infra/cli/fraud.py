"""`bankcore fraud`: what a tenant finds suspicious."""

from pathlib import Path
from typing import IO

import click

from bankcore.errors import InvalidRequestError
from bankcore.fraud.change_policy import ChangePolicy
from bankcore.fraud.ports import FraudQueries
from bankcore_infra.cli.banks import bank_at
from bankcore_infra.cli.options import OPERATOR, data_dir_option, tenant_option
from bankcore_infra.fraud.policies import policy_from_json, policy_to_json


@click.group()
def fraud() -> None:
    """Show and change what a tenant finds suspicious."""


@fraud.group()
def policy() -> None:
    """The limits of each rule, in seconds, percent and minor units, and what follows."""


@policy.command()
@tenant_option
@data_dir_option
def show(slug: str, data_dir: Path | None) -> None:
    """Print the whole policy of a tenant as JSON."""
    with bank_at(data_dir) as bank:
        click.echo(policy_to_json(bank.tenant(slug).get(FraudQueries).get_policy()))


@policy.command("set")
@click.argument("file", type=click.File("rb"))
@tenant_option
@data_dir_option
def set_(file: IO[bytes], slug: str, data_dir: Path | None) -> None:
    """Make the JSON document FILE the policy of a tenant; `-` reads it from standard input.

    What the document leaves out gets its default, whatever it was before. The audit log keeps the whole policy.
    """
    try:
        wanted = policy_from_json(file.read())
    except InvalidRequestError as error:
        raise click.ClickException(f"{file.name}: {error.pointer or 'the document'}: {error.detail}") from None
    with bank_at(data_dir) as bank:
        bank.tenant(slug).get(ChangePolicy)(wanted, origin=OPERATOR)
    click.echo(f"the fraud policy of {slug} is changed")
