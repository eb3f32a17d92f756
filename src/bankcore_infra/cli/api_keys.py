"""`bankcore api-key`: makes, lists, rotates and revokes API keys of services."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

import click

from bankcore.api_keys.keys import ApiKey, ApiKeyId, require_networks, require_scopes
from bankcore.api_keys.manage import OVERLAP, CreateApiKey, MadeApiKey, ManageApiKeys, RotateApiKey
from bankcore.api_keys.ports import ApiKeyQueries
from bankcore.api_keys.scopes import SERVICE_PERMISSIONS
from bankcore.clock import instant_text
from bankcore_infra.cli.banks import bank_at, tenant_of
from bankcore_infra.cli.options import OPERATOR, data_dir_option, json_option, tenant_option
from bankcore_infra.cli.printing import print_list

_COLUMNS: Final = {
    "id": "id",
    "name": "name",
    "key": "hint",
    "scopes": "scopes",
    "networks": "networks",
    "last used": "lastUsedAt",
    "expires": "expiresAt",
    "revoked": "revokedAt",
}
_key_argument: Final = click.argument("key_id", type=click.UUID)
_expires_option: Final = click.option(
    "--expires", type=click.DateTime(["%Y-%m-%d"]), help="The day from which it is good no more [default: never]."
)


@click.group("api-key")
def api_key() -> None:
    """Make, list, rotate and revoke API keys of services."""


@api_key.command()
@click.option("--name", required=True, help="The service, as people know it.")
@click.option(
    "--scope",
    "scopes",
    type=click.Choice(sorted(each.value for each in SERVICE_PERMISSIONS)),
    multiple=True,
    required=True,
    help="What it may do, for all of the tenant; repeatable.",
)
@click.option("--network", "networks", multiple=True, help="From where it may come; repeatable [default: anywhere].")
@_expires_option
@tenant_option
@json_option
@data_dir_option
def create(  # noqa: PLR0913 - one parameter for each option
    *,
    name: str,
    scopes: tuple[str, ...],
    networks: tuple[str, ...],
    expires: datetime | None,
    slug: str,
    as_json: bool,
    data_dir: Path | None,
) -> None:
    """Make a key for a new service, and print it, this once."""
    command = CreateApiKey(
        name=name, scopes=require_scopes(scopes), networks=require_networks(networks), expires_at=_begin_of(expires)
    )
    with bank_at(data_dir) as bank:
        made = bank.tenant(slug).get(ManageApiKeys).create(command, origin=OPERATOR)
    _print_made(made.value, as_json=as_json)


@api_key.command()
@_key_argument
@click.option(
    "--overlap-hours",
    type=click.IntRange(0, 168),
    default=OVERLAP // timedelta(hours=1),
    show_default=True,
    help="How long the old key goes on.",
)
@_expires_option
@tenant_option
@json_option
@data_dir_option
def rotate(
    *,
    key_id: UUID,
    overlap_hours: int,
    expires: datetime | None,
    slug: str,
    as_json: bool,
    data_dir: Path | None,
) -> None:
    """Make a new key for the same service, and print it, this once."""
    command = RotateApiKey(
        key_id=ApiKeyId(key_id), overlap=timedelta(hours=overlap_hours), expires_at=_begin_of(expires)
    )
    with bank_at(data_dir) as bank:
        made = bank.tenant(slug).get(ManageApiKeys).rotate(command, origin=OPERATOR)
    _print_made(made.value, as_json=as_json)


@api_key.command()
@_key_argument
@tenant_option
@data_dir_option
def revoke(*, key_id: UUID, slug: str, data_dir: Path | None) -> None:
    """End a key now: the next request that comes with it is refused."""
    with bank_at(data_dir) as bank:
        key = tenant_of(bank, slug).get(ManageApiKeys).revoke(ApiKeyId(key_id), origin=OPERATOR).value
    click.echo(f"the key {key.id} of {key.name} is revoked")


@api_key.command("list")
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True, help="At most so many.")
@tenant_option
@json_option
@data_dir_option
def list_(*, limit: int, slug: str, as_json: bool, data_dir: Path | None) -> None:
    """List keys, latest first; the keys themselves are stored nowhere."""
    with bank_at(data_dir) as bank:
        keys = tenant_of(bank, slug).get(ApiKeyQueries).list_keys(limit=limit)
    print_list([_row(key) for key in keys], _COLUMNS, as_json=as_json)


def _begin_of(day: datetime | None) -> datetime | None:
    return None if day is None else day.astimezone()


def _print_made(made: MadeApiKey, *, as_json: bool) -> None:
    shown = {"id": str(made.key.id), "name": made.key.name, "secret": made.text or ""}
    click.echo(json.dumps(shown) if as_json else "\n".join(f"{name}: {value}" for name, value in shown.items()))


def _row(key: ApiKey) -> dict[str, object]:
    ends = {"lastUsedAt": key.last_used_at, "expiresAt": key.expires_at, "revokedAt": key.revoked_at}
    return {
        "id": str(key.id),
        "serviceId": str(key.service_id),
        "name": key.name,
        "hint": key.hint,
        "scopes": " ".join(sorted(key.scopes)),
        "networks": " ".join(key.networks),
        **{name: None if instant is None else instant_text(instant) for name, instant in ends.items()},
    }
