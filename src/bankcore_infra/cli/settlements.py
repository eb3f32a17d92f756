"""`bankcore providers reconcile`: a provider's settlement file beside our payments."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click

from bankcore.documents.bank_statements import Unreadable
from bankcore.errors import NotFoundError
from bankcore.payments.configuration_ports import ProviderConfigQueries
from bankcore.payments.configurations import ProviderConfig
from bankcore.settlements.columns import CELLS, COLUMNS, SettlementColumns
from bankcore.settlements.compare import CompareSettlement
from bankcore.settlements.comparing import Comparison
from bankcore.settlements.lines import BookedPayment, Period, SettlementLine
from bankcore.settlements.reader import read_settlement
from bankcore_infra.cli.banks import bank_at, tenant_of
from bankcore_infra.cli.options import EXISTING_FILE, data_dir_option, json_option, tenant_option
from bankcore_infra.cli.printing import print_list
from bankcore_infra.wiring import TenantBank

_INSTANT: Final = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"])
_COLUMNS: Final = {
    "Line": "line",
    "": "found",
    "Payment": "paymentId",
    "Reference": "reference",
    "Gross": "gross",
    "Fee": "fee",
    "Why": "reason",
}


@click.command()
@click.argument("config", metavar="NAME")
@click.argument("file", type=EXISTING_FILE)
@click.option(
    "--period",
    type=(_INSTANT, _INSTANT),
    metavar="FROM TO",
    help="Tell our payments too that were booked from FROM until just before TO (UTC), and that the file has not.",
)
@click.option(
    "--column",
    "named",
    metavar="WHAT=NAME",
    multiple=True,
    help=f"What the file calls {', '.join(CELLS)}; repeatable.",
)
@tenant_option
@json_option
@data_dir_option
def reconcile(  # noqa: PLR0913 - one parameter for each option
    *,
    config: str,
    file: Path,
    period: tuple[datetime, datetime] | None,
    named: tuple[str, ...],
    slug: str,
    as_json: bool,
    data_dir: Path | None,
) -> None:
    """Compare FILE, the settlement file (CSV) of the provider account NAME, with our payments, to the minor unit.

    Each line is matched or listed. If a line cannot be read, every such line is named and nothing is compared.
    Nothing is posted. Exit code 1: something differs, or only one side has it.
    """
    wanted = None if period is None else Period(*(each.replace(tzinfo=UTC) for each in period))
    if wanted is not None and wanted.from_instant >= wanted.to_instant:
        raise click.BadParameter("FROM is before TO", param_hint="--period")
    with bank_at(data_dir) as bank:
        tenant = tenant_of(bank, slug)
        account = _account(tenant, config)
        lines = _read(file, _columns(account.provider, named))
        found = tenant.get(CompareSettlement)(account.id, lines, period=wanted)
    print_list(_rows(found), _COLUMNS, as_json=as_json)
    owed = ", ".join(str(net) for net in found.net_by_currency().values()) or "nothing"
    click.echo(f"{len(found.matched)} of {len(lines)} lines matched; the file settles {owed}", err=as_json)
    if not found.is_clean:
        sys.exit(1)


def _account(tenant: TenantBank, name: str) -> ProviderConfig:
    configs = tenant.get(ProviderConfigQueries).list_configs()
    found = next((each for each in configs if each.name == name), None)
    if found is None:
        raise NotFoundError(resource="provider account", identifier=name)
    return found


def _columns(provider: str, named: tuple[str, ...]) -> SettlementColumns:
    columns = COLUMNS.get(provider)
    if columns is None:
        raise click.ClickException(f"no settlement file of {provider} is known; there are: {', '.join(COLUMNS)}")
    for each in named:
        what, _, name = each.partition("=")
        if what not in CELLS or not name:
            raise click.BadParameter(f"WHAT=NAME, with one of: {', '.join(CELLS)}", param_hint="--column")
        columns = columns.renamed(what, name)
    return columns


def _read(file: Path, columns: SettlementColumns) -> tuple[SettlementLine, ...]:
    found = read_settlement(file.read_bytes(), columns)
    if isinstance(found, Unreadable):
        raise click.ClickException("\n".join(f"{file}:{bad.line}: {bad.problem}" for bad in found.lines))
    return found


def _rows(found: Comparison) -> list[dict[str, object]]:
    return [
        *(_row("differs", line=each.line, ours=each.booked, reason=each.reason) for each in found.different),
        *(_row("only theirs", line=line) for line in found.only_theirs),
        *(_row("only ours", ours=each) for each in found.only_ours),
        *(_row(line.kind.value, line=line, reason=line.word) for line in found.others),
    ]


def _row(
    found: str, *, line: SettlementLine | None = None, ours: BookedPayment | None = None, reason: str = ""
) -> dict[str, object]:
    gross = line.gross if line is not None else ours.amount if ours is not None else None
    fee = line.fee if line is not None else ours.fee if ours is not None else None
    reference = (line.reference or line.provider_id) if line is not None else ours and str(ours.attempt_id)
    return {
        "line": None if line is None else line.line,
        "found": found,
        "paymentId": None if ours is None else str(ours.payment_id),
        "reference": reference,
        "gross": None if gross is None else str(gross),
        "fee": None if fee is None else str(fee),
        "reason": reason or None,
    }
