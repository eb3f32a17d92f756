"""`bankcore fx`: what exchanges of currencies left the bank."""

import json
from pathlib import Path

import click

from bankcore.clock import instant_text
from bankcore.errors import InvalidRequestError
from bankcore.fx.value_positions import FxPosition, PositionReport, ValuePositions
from bankcore.money import Currency, format_minor
from bankcore_infra.cli.banks import bank_at
from bankcore_infra.cli.options import data_dir_option, json_option, tenant_option
from bankcore_infra.cli.printing import print_list


@click.group()
def fx() -> None:
    """Show what exchanges of currencies left the bank."""


@fx.command()
@click.option("--currency", "code", metavar="CODE", help="Value them in that currency instead of that of the settings.")
@tenant_option
@json_option
@data_dir_option
def positions(*, code: str | None, slug: str, as_json: bool, data_dir: Path | None) -> None:
    """Value the positions of a tenant at present rates; nothing is posted.

    A position whose rate cannot be had has no value, and then there is no total.
    """
    try:
        currency = None if code is None else Currency.of(code)
    except InvalidRequestError as error:
        raise click.BadParameter(error.detail, param_hint="--currency") from None
    with bank_at(data_dir) as bank:
        report = bank.tenant(slug).get(ValuePositions).get_report(currency)
    rows = [_row(position, report.currency) for position in report.positions]
    if as_json:
        at, total = instant_text(report.at), _total(report)
        click.echo(json.dumps({"currency": report.currency.code, "at": at, "positions": rows, "total": total}))
        return
    columns = {"Currency": "currency", "Balance": "balance", "Rate": "rate", "Value": "value", "Problem": "problem"}
    print_list(rows, columns, as_json=False)
    click.echo(f"total: {_total(report) or 'unknown'} {report.currency.code}")


def _row(position: FxPosition, into: Currency) -> dict[str, object]:
    value_minor = position.value_minor
    return {
        "currency": position.currency.code,
        "balance": format_minor(position.balance_minor, position.currency.exponent),
        "rate": None if position.rate is None else str(position.rate),
        "value": None if value_minor is None else format_minor(value_minor, into.exponent),
        "problem": position.problem,
    }


def _total(report: PositionReport) -> str | None:
    return None if report.total_minor is None else format_minor(report.total_minor, report.currency.exponent)
