"""`bankcore db`: the schema, and the addresses of the database."""

import json
from collections.abc import Callable
from pathlib import Path

import click

from bankcore_infra.cli.installations import installation_at
from bankcore_infra.cli.options import data_dir_option, json_option
from bankcore_infra.db import migrate
from bankcore_infra.db.engine import single_engine
from bankcore_infra.db.grants import UnfitRoleError, let_keep_books
from bankcore_infra.db.passwords import set_passwords
from bankcore_infra.db.revisions import OWNER_SETTING, current_revision, head_revision
from bankcore_infra.environment import load_settings
from bankcore_infra.installation import Installation, open_external
from bankcore_infra.settings import SettingsError
from bankcore_infra.tenancy.new_tenant import create_default_tenant

_URLS: dict[str, Callable[[Installation], str | None]] = {
    "app": lambda installation: installation.app_url,
    "owner": lambda installation: installation.owner_url,
    "auditor": lambda installation: installation.auditor_url,
    "sealer": lambda installation: installation.sealer_url,
    "superuser": lambda installation: installation.superuser_url,
}
_SETTING_OF = {
    "owner": "BANKCORE_OWNER_DATABASE_URL",
    "auditor": "BANKCORE_AUDITOR_DATABASE_URL",
    "sealer": "BANKCORE_SEALER_DATABASE_URL",
}

_NEXT_STEPS = """\
The login roles are there, and have no passwords yet. Put an address with a password of your choice into
BANKCORE_DATABASE_URL (bankcore_app), BANKCORE_AUDITOR_DATABASE_URL (bankcore_auditor) and
BANKCORE_SEALER_DATABASE_URL (bankcore_sealer), and that of a Redis or Valkey into BANKCORE_REDIS_URL.
Then `bankcore db passwords` sets these passwords, and `bankcore up` runs the bank."""


@click.group()
def db() -> None:
    """Migrate the schema, and print the database's addresses."""


@db.command()
@click.argument("revision", default="head")
@data_dir_option
def upgrade(revision: str, data_dir: Path | None) -> None:
    """Migrate up, to REVISION or the newest; on a new database, make roles, schema and the tenant `main` first."""
    with installation_at(data_dir, may_be_new=True) as installation:
        is_new = migrate.upgrade(_owner_url(installation), revision)
        if revision == "head":
            with migrate.open_as_owner(_owner_url(installation)) as owner:
                create_default_tenant(owner)
        click.echo(f"the schema is at revision {_current(installation)}")
        if is_new and installation.superuser_url is None:
            click.echo(_NEXT_STEPS, err=True)


@db.command()
@data_dir_option
def roles(data_dir: Path | None) -> None:
    """Make the roles alone, in a cluster into which a backup will be restored; `upgrade` makes them otherwise."""
    installation = open_external(load_settings(data_dir=data_dir))
    migrate.prepare_restore(_owner_url(installation))
    click.echo("the roles are there; restore the backup, and run `bankcore db passwords` and `bankcore audit era`")


@db.command()
@data_dir_option
def passwords(data_dir: Path | None) -> None:
    """Give the login roles the passwords that are in their addresses, as the login of BANKCORE_OWNER_DATABASE_URL.

    That is the one who made the roles with `bankcore db upgrade`. The embedded servers ask for no passwords.
    """
    installation = open_external(load_settings(data_dir=data_dir))
    given = installation.addresses.require_passwords()
    set_passwords(_owner_url(installation), given)
    click.echo(f"passwords are set for {', '.join(given)}")


@db.command()
@click.argument("role")
@json_option
@data_dir_option
def grant(role: str, *, as_json: bool, data_dir: Path | None) -> None:
    """Let ROLE, a login of your own program, keep books in its own transactions (`using`); safe to repeat."""
    with installation_at(data_dir) as installation:
        try:
            is_new = let_keep_books(_owner_url(installation), role)
        except UnfitRoleError as error:
            raise click.BadParameter(str(error), param_hint="ROLE") from None
    if as_json:
        click.echo(json.dumps({"role": role, "isNew": is_new}))
    else:
        click.echo(f"{role} may keep books" + ("" if is_new else ", as before"))


@db.command(context_settings={"ignore_unknown_options": True})
@click.argument("revision")
@click.confirmation_option(prompt="This can drop tables with all they hold. Go on?")
@data_dir_option
def downgrade(revision: str, data_dir: Path | None) -> None:
    """Migrate down to REVISION (`base` for nothing at all)."""
    with installation_at(data_dir) as installation:
        migrate.downgrade(_owner_url(installation), revision)
        click.echo(f"the schema is at revision {_current(installation)}")


@db.command()
@data_dir_option
def current(data_dir: Path | None) -> None:
    """Print the revision of the schema, and the newest one."""
    with installation_at(data_dir) as installation:
        click.echo(f"{_current(installation)} (newest: {head_revision()})")


@db.command()
@click.option("--role", type=click.Choice(list(_URLS)), default="app", show_default=True, help="Whose address.")
@data_dir_option
def url(role: str, data_dir: Path | None) -> None:
    """Print the address of the database for a role; `superuser` only on the embedded server."""
    with installation_at(data_dir, may_be_new=True) as installation:
        click.echo(_url_of(installation, role))


def _url_of(installation: Installation, role: str) -> str:
    address = _URLS[role](installation)
    if address is None:
        raise SettingsError(_SETTING_OF.get(role, f"--role {role}"), "not set, and there is no embedded server to ask")
    return address


def _owner_url(installation: Installation) -> str:
    return installation.superuser_url or _url_of(installation, "owner")


def _current(installation: Installation) -> str:
    engine = single_engine(_owner_url(installation), setting=OWNER_SETTING)
    with engine.connect() as connection:
        return current_revision(connection) or "base"
