"""`bankcore user`: people who may log in, staff above all."""

import json
import secrets
import sys
from pathlib import Path

import click

from bankcore.identity.create_user import NewUser
from bankcore.identity.services import IdentityDirectory
from bankcore.identity.users import Role
from bankcore_infra.cli.banks import bank_at
from bankcore_infra.cli.options import OPERATOR, data_dir_option, json_option, tenant_option


@click.group()
def user() -> None:
    """Make users."""


@user.command()
@click.option("--email", required=True, help="The address to log in with.")
@click.option(
    "--role",
    "roles",
    type=click.Choice([role.value for role in Role]),
    multiple=True,
    required=True,
    help="What the user may do; repeatable.",
)
@click.option("--full-name", help="The name people read.")
@click.option("--password", help="The password; other users of this machine may see it, so better leave it out.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@tenant_option
@json_option
@data_dir_option
def create(  # noqa: PLR0913 - one parameter for each option
    *,
    email: str,
    roles: tuple[str, ...],
    full_name: str | None,
    password: str | None,
    password_stdin: bool,
    slug: str,
    as_json: bool,
    data_dir: Path | None,
) -> None:
    """Make a user.

    Without a password option one is asked for; where nobody can be asked, one is made up and printed, this once.
    """
    is_made_up = False
    if password_stdin:
        password = sys.stdin.readline().rstrip("\n")
    elif password is None and sys.stdin.isatty():
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    elif password is None:
        password, is_made_up = secrets.token_urlsafe(18), True
    new = NewUser(
        email=email, password=password or "", roles=frozenset(Role(role) for role in roles), full_name=full_name
    )
    with bank_at(data_dir, may_be_new=True) as bank:
        made = bank.get(IdentityDirectory).at_slug(slug).create_user(new, origin=OPERATOR)
    shown = {"id": str(made.id), "email": str(made.email), "roles": ", ".join(sorted(made.roles)), "tenant": slug}
    if is_made_up:
        shown["password"] = password or ""
    click.echo(json.dumps(shown) if as_json else "\n".join(f"{name}: {value}" for name, value in shown.items()))
