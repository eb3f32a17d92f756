"""`bankcore tenant`: the banks that share these servers."""

import json
from pathlib import Path

import click

from bankcore.identifiers import TenantId
from bankcore.ledger.texts import NAME_LENGTH_MAX, REFERENCE_LENGTH_MAX
from bankcore.tenancy.change_setting import ChangeTenantSetting
from bankcore.tenancy.settings import TENANT_SETTINGS, TenantSettings, find_setting
from bankcore.tenancy.tenants import Tenant, TenantKind, TenantStatus, require_slug
from bankcore.texts import require_text
from bankcore_infra.cli.banks import bank_at, tenant_of
from bankcore_infra.cli.options import OPERATOR, data_dir_option, json_option
from bankcore_infra.cli.printing import print_list
from bankcore_infra.identifiers import RandomIdentifiers
from bankcore_infra.tenancy.new_tenant import create_tenant
from bankcore_infra.tenancy.status import change_tenant_status


@click.group()
def tenant() -> None:
    """Make, set, list, suspend and resume tenants."""


@tenant.command()
@click.argument("slug")
@click.option("--name", help="The name people read [default: the slug].")
@click.option(
    "--kind",
    type=click.Choice([kind.value for kind in TenantKind]),
    default="live",
    show_default=True,
    help="Real money?",
)
@data_dir_option
def create(slug: str, name: str | None, kind: str, data_dir: Path | None) -> None:
    """Make the tenant SLUG, with books and users of its own."""
    if name is not None:
        require_text(name, "/name", length_max=NAME_LENGTH_MAX)
    new = Tenant(TenantId(RandomIdentifiers().new_id()), require_slug(slug), name or slug, TenantKind(kind))
    with bank_at(data_dir, may_be_new=True) as bank:
        create_tenant(bank.database, new, RandomIdentifiers(), origin=OPERATOR)
    click.echo(f"tenant {new.slug} has the id {new.id}")


@tenant.command()
@click.argument("slug")
@click.option("--reason", required=True, help="Why; the audit log keeps it.")
@data_dir_option
def suspend(slug: str, reason: str, data_dir: Path | None) -> None:
    """Keep everybody but auditors out of the tenant SLUG, and let no worker work for it."""
    _change_status(slug, TenantStatus.SUSPENDED, reason, data_dir)


@tenant.command()
@click.argument("slug")
@click.option("--reason", required=True, help="Why; the audit log keeps it.")
@data_dir_option
def resume(slug: str, reason: str, data_dir: Path | None) -> None:
    """Let the suspended tenant SLUG go on."""
    _change_status(slug, TenantStatus.ACTIVE, reason, data_dir)


def _change_status(slug: str, status: TenantStatus, reason: str, data_dir: Path | None) -> None:
    require_text(reason, "/reason", length_max=REFERENCE_LENGTH_MAX)
    with bank_at(data_dir) as bank:
        found, ids = bank.find_tenant(slug), RandomIdentifiers()
        has_changed = change_tenant_status(bank.database, found, status, ids, reason=reason, origin=OPERATOR)
    click.echo(f"tenant {slug} is {status}" + ("" if has_changed else ", as before"))


@tenant.command("set")
@click.argument("slug")
@click.argument("name")
@click.argument("value")
@data_dir_option
def set_(slug: str, name: str, value: str, data_dir: Path | None) -> None:
    """Set NAME to VALUE for the tenant SLUG; `bankcore tenant show SLUG` tells what there is."""
    _change_setting(slug, name, value, data_dir)


@tenant.command()
@click.argument("slug")
@click.argument("name")
@data_dir_option
def unset(slug: str, name: str, data_dir: Path | None) -> None:
    """Let the default of NAME count for the tenant SLUG again."""
    _change_setting(slug, name, None, data_dir)


def _change_setting(slug: str, name: str, value: str | None, data_dir: Path | None) -> None:
    with bank_at(data_dir) as bank:
        has_changed = tenant_of(bank, slug).get(ChangeTenantSetting)(name, value, origin=OPERATOR)
    told = find_setting(name).default if value is None else value
    click.echo(f"{name} of {slug} is {told}" + ("" if has_changed else ", as before"))


@tenant.command()
@click.argument("slug")
@json_option
@data_dir_option
def show(*, slug: str, as_json: bool, data_dir: Path | None) -> None:
    """Show the tenant SLUG, and all that can be set for it."""
    with bank_at(data_dir) as bank:
        found = bank.find_tenant(slug)
        texts = tenant_of(bank, slug).get(TenantSettings).list_set()
    settings = [
        {"name": name, "value": texts.get(name, setting.default), "set": name in texts, "purpose": setting.purpose}
        for name, setting in sorted(TENANT_SETTINGS.items())
    ]
    if as_json:
        click.echo(json.dumps({**_facts_of(found), "settings": settings}))
        return
    for fact, told in _facts_of(found).items():
        click.echo(f"{fact}: {told}")
    print_list(settings, {name: name for name in ("name", "value", "purpose")}, as_json=False)


@tenant.command("list")
@json_option
@data_dir_option
def list_(*, as_json: bool, data_dir: Path | None) -> None:
    """List the tenants."""
    with bank_at(data_dir) as bank:
        tenants = bank.tenants.list_tenants()
    rows = [_facts_of(each) for each in tenants]
    print_list(rows, {name: name for name in ("slug", "name", "kind", "status", "id")}, as_json=as_json)


def _facts_of(found: Tenant) -> dict[str, object]:
    return {
        "id": str(found.id),
        "slug": found.slug,
        "name": found.name,
        "kind": found.kind,
        "status": found.status,
    }
