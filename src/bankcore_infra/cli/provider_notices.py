"""`bankcore providers notices|redrive`: what providers told us that was tried in vain."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import click

from bankcore.clock import instant_text
from bankcore.payments.configuration_ports import ProviderConfigQueries
from bankcore.payments.configurations import ProviderConfigId
from bankcore.payments.notices import NoticeId
from bankcore.payments.redrive import GivenUpNotice, RedriveNotices
from bankcore_infra.cli.banks import bank_at, tenant_of
from bankcore_infra.cli.options import (
    OPERATOR,
    data_dir_option,
    json_option,
    limit_option,
    tenant_option,
    tenants_option,
)
from bankcore_infra.cli.printing import print_list
from bankcore_infra.wiring import Bank, TenantBank

_PAGE: Final = 500
_COLUMNS: Final = {
    "id": "id",
    "tenant": "tenant",
    "account": "config",
    "subject": "subject",
    "name": "name",
    "about": "about",
    "received": "receivedAt",
    "tries": "tries",
}


@click.command()
@limit_option
@tenants_option
@json_option
@data_dir_option
def notices(*, limit: int, slug: str | None, as_json: bool, data_dir: Path | None) -> None:
    """List what providers told us that was tried in vain and is tried no more, of each tenant the oldest first."""
    with bank_at(data_dir) as bank:
        slugs = [each.slug for each in bank.tenants.list_tenants()] if slug is None else [slug]
        rows = [row for each in slugs for row in _rows(bank, each, limit)]
    print_list(rows, _COLUMNS, as_json=as_json)


@click.command()
@click.argument("ids", nargs=-1)
@click.option("--all", "wants_all", is_flag=True, help="All there are, or all of --account.")
@click.option("--account", help="With --all: only those of this account at a provider, by its name.")
@tenant_option
@data_dir_option
def redrive(*, ids: tuple[str, ...], wants_all: bool, account: str | None, slug: str, data_dir: Path | None) -> None:
    """Have the notices IDS, such as `bankcore providers notices` lists, tried again from the start."""
    if bool(ids) == wants_all:
        raise click.UsageError("name the notices, or say --all")
    with bank_at(data_dir) as bank:
        tenant = tenant_of(bank, slug)
        configs = {name: config_id for config_id, name in _names(tenant).items()}
        service = tenant.get(RedriveNotices)
        if wants_all:
            chosen = _all(service, None if account is None else _config_named(configs, account))
        else:
            chosen = iter([_id_in(configs, each) for each in ids])
        redriven = [service.redrive(notice_id, origin=OPERATOR) for notice_id in chosen]
    click.echo(f"{len(redriven)} notices are tried again")


def _rows(bank: Bank, slug: str, limit: int) -> Iterator[Mapping[str, object]]:
    tenant = tenant_of(bank, slug)
    names = _names(tenant)
    for each in tenant.get(RedriveNotices).list_given_up(limit=limit):
        yield {"tenant": slug, **_row(each, names[each.notice.config_id])}


def _row(given_up: GivenUpNotice, config: str) -> dict[str, object]:
    notice = given_up.notice
    return {
        "id": f"{config}:{notice.digest.hex()}",
        "config": config,
        "subject": notice.subject,
        "name": notice.name,
        "about": given_up.about,
        "receivedAt": None if notice.received_at is None else instant_text(notice.received_at),
        "tries": notice.tries,
    }


def _names(tenant: TenantBank) -> dict[ProviderConfigId, str]:
    return {config.id: config.name for config in tenant.get(ProviderConfigQueries).list_configs()}


def _config_named(configs: Mapping[str, ProviderConfigId], name: str) -> ProviderConfigId:
    if name not in configs:
        raise click.UsageError(f"there is no account at a provider named {name}")
    return configs[name]


def _id_in(configs: Mapping[str, ProviderConfigId], text: str) -> NoticeId:
    name, _colon, digest = text.partition(":")
    try:
        return NoticeId(_config_named(configs, name), bytes.fromhex(digest))
    except ValueError:
        raise click.UsageError(f"{text} is no id of a notice") from None


def _all(service: RedriveNotices, config_id: ProviderConfigId | None) -> Iterator[NoticeId]:
    """Each of a page leaves the list when it is tried again."""
    while page := service.list_given_up(config_id=config_id, limit=_PAGE):
        yield from (each.notice.id for each in page)
