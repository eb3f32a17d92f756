"""`bankcore user`: people who may log in, staff above all."""

import json
import secrets
import sys
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import click

from bankcore.errors import NotFoundError
from bankcore.identifiers import UserId
from bankcore.identity.create_user import NewUser
from bankcore.identity.emails import normalize_email
from bankcore.identity.services import IdentityDirectory, IdentityServices
from bankcore.identity.users import Role, User, UserStatus
from bankcore.second_factor.services import SecondFactorServices
from bankcore_infra.audit.recording.erasure import erase_contexts
from bankcore_infra.cli.banks import bank_at
from bankcore_infra.cli.options import OPERATOR, data_dir_option, json_option, tenant_option
from bankcore_infra.db.transactions import OwnTransactions
from bankcore_infra.identifiers import RandomIdentifiers
from bankcore_infra.identity.domain_names import IdnaDomainNames


@click.group()
def user() -> None:
    """Make users, keep them out, and erase where their requests came from."""


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
    with bank_at(data_dir, may_be_new=True) as bank:
        users = bank.get(IdentityDirectory).at_slug(slug)
        # Nobody is asked for a password that there is no use for.
        chosen, is_made_up = _choose_password(password, from_stdin=password_stdin)
        new = NewUser(email=email, password=chosen, roles=frozenset(Role(role) for role in roles), full_name=full_name)
        made = users.create_user(new, origin=OPERATOR)
    shown = {"id": str(made.id), "email": str(made.email), "roles": ", ".join(sorted(made.roles)), "tenant": slug}
    if is_made_up:
        shown["password"] = chosen
    click.echo(json.dumps(shown) if as_json else "\n".join(f"{name}: {value}" for name, value in shown.items()))


def _choose_password(given: str | None, *, from_stdin: bool) -> tuple[str, bool]:
    """The password of a new user, and whether it was made up."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\n"), False
    if given is not None:
        return given, False
    if sys.stdin.isatty():
        return click.prompt("Password", hide_input=True, confirmation_prompt=True), False
    return secrets.token_urlsafe(18), True


def _named(command: Callable[..., None]) -> Callable[..., None]:
    """The options that say which user is meant."""
    by_id = click.option("--id", "user_id", type=click.UUID, help="The user's id.")
    return click.option("--email", help="The address that the user logs in with.")(by_id(command))


@user.command()
@_named
@tenant_option
@data_dir_option
def disable(*, email: str | None, user_id: UUID | None, slug: str, data_dir: Path | None) -> None:
    """Keep a user out from now on: no password, session or token of the user is good for anything."""
    _change_status(UserStatus.DISABLED, email, user_id, slug, data_dir)


@user.command()
@_named
@tenant_option
@data_dir_option
def enable(*, email: str | None, user_id: UUID | None, slug: str, data_dir: Path | None) -> None:
    """Let a disabled user in again."""
    _change_status(UserStatus.ACTIVE, email, user_id, slug, data_dir)


def _change_status(
    status: UserStatus, email: str | None, user_id: UUID | None, slug: str, data_dir: Path | None
) -> None:
    with bank_at(data_dir) as bank:
        services = bank.get(IdentityDirectory).at_slug(slug)
        found = _user_of(services, email, user_id)
        has_changed = services.change_status(found.id, status, origin=OPERATOR)
    click.echo(f"user {found.id} is {status}" + ("" if has_changed else ", as before"))


@user.command()
@_named
@click.confirmation_option(prompt="What is erased cannot be brought back. Go on?")
@tenant_option
@data_dir_option
def erase(*, email: str | None, user_id: UUID | None, slug: str, data_dir: Path | None) -> None:
    """Erase the network addresses and user agents of all requests of a user.

    They lie beside the audit log. Its records stay, and one more says what was erased. So do the user, the user's
    name and e-mail address, and the books.
    """
    with bank_at(data_dir) as bank:
        services = bank.get(IdentityDirectory).at_slug(slug)
        found = _user_of(services, email, user_id)
        transactions = OwnTransactions(bank.database, services.tenant.id)
        erased = erase_contexts(transactions, RandomIdentifiers(), actor_id=str(found.id), origin=OPERATOR)
    click.echo(f"erased where {erased} requests of the user {found.id} came from")


@user.command("reset-second-factor")
@_named
@tenant_option
@data_dir_option
def reset_second_factor(*, email: str | None, user_id: UUID | None, slug: str, data_dir: Path | None) -> None:
    """Remove the second factor of a user who lost the device and the recovery codes, and end the user's sessions."""
    with bank_at(data_dir) as bank:
        found = _user_of(bank.get(IdentityDirectory).at_slug(slug), email, user_id)
        bank.tenant(slug).get(SecondFactorServices).reset(found.id, origin=OPERATOR)
    click.echo(f"the second factor of the user {found.id} is removed")


def _user_of(services: IdentityServices, email: str | None, user_id: UUID | None) -> User:
    """The user of that address or id. Raises: NotFoundError, UsageError."""
    if (email is None) == (user_id is None):
        raise click.UsageError("Give either --email or --id.")
    if user_id is not None:
        return services.get_user(UserId(user_id))
    address = normalize_email(email or "", IdnaDomainNames())
    credentials = services.units.run(lambda unit: unit.find_credentials(address), resubmittable=True)
    if credentials is None:
        raise NotFoundError(resource="user", identifier=address)
    return credentials.user
