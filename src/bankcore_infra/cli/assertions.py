"""`bankcore assertions`: what other banks state of our accounts."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click

from bankcore.assertions.assertions import AssertionQueries
from bankcore.assertions.import_statement import ImportedStatement, ImportStatement
from bankcore.assertions.record import AssertBalances, RecordAssertions, StatedBalance
from bankcore.clock import instant_text
from bankcore.documents.bank_csv_reader import read_bank_csv
from bankcore.documents.bank_statements import Unreadable
from bankcore.documents.camt053_reader import read_camt053
from bankcore.errors import NotFoundError
from bankcore.ledger.accounts import Account
from bankcore.money import Money
from bankcore_infra.cli.banks import bank_at
from bankcore_infra.cli.options import EXISTING_FILE, OPERATOR, data_dir_option, json_option, tenant_option
from bankcore_infra.cli.printing import print_list
from bankcore_infra.wiring import TenantBank

_INSTANT: Final = click.DateTime(["%Y-%m-%dT%H:%M:%S"])
_SHOWN_MAX: Final = 1_000
_COLUMNS: Final = {
    "Account": "account",
    "As of": "asOf",
    "Stated": "stated",
    "Counted": "counted",
    "": "verdict",
    "Source": "source",
}


@click.group()
def assertions() -> None:
    """Keep what other banks state of our accounts, and see what is not met."""


@assertions.command("list")
@tenant_option
@json_option
@data_dir_option
def list_(*, slug: str, as_json: bool, data_dir: Path | None) -> None:
    """List what was stated, latest first, beside what the books count."""
    with bank_at(data_dir) as bank:
        tenant = bank.tenant(slug)
        found = tenant.get(AssertionQueries).list_assertions(limit=_SHOWN_MAX)
        numbers = {each.assertion.account_id: "" for each in found}
        numbers = {account_id: tenant.queries.get_account(account_id).number for account_id in numbers}
    rows = [
        {
            "account": numbers[each.assertion.account_id],
            "asOf": instant_text(each.assertion.as_of),
            "stated": str(each.assertion.stated),
            "counted": str(each.counted),
            "verdict": "met" if each.is_met else "superseded" if each.is_superseded else "NOT MET",
            "source": each.assertion.source,
        }
        for each in found
    ]
    print_list(rows, _COLUMNS, as_json=as_json)


@assertions.command()
@click.argument("account")
@click.argument("balance")
@click.option("--as-of", "instant", type=_INSTANT, required=True, help="The instant (UTC) that it is stated for.")
@click.option("--source", required=True, help="Who states it, and where.")
@tenant_option
@data_dir_option
def add(*, account: str, balance: str, instant: datetime, source: str, slug: str, data_dir: Path | None) -> None:
    """Put down that another bank states BALANCE for ACCOUNT, the number of one of ours."""
    with bank_at(data_dir) as bank:
        tenant = bank.tenant(slug)
        ours = _account(tenant, account)
        stated = StatedBalance(instant.replace(tzinfo=UTC), Money.of(balance, ours.currency))
        command = AssertBalances(account_id=ours.id, stated=(stated,), source=source)
        tenant.get(RecordAssertions)(command, origin=OPERATOR)
    click.echo("the assertion is recorded")


@assertions.command("import")
@click.argument("account")
@click.argument("file", type=EXISTING_FILE)
@click.option("--source", required=True, help="Whose statement it is, and which.")
@tenant_option
@data_dir_option
def import_(*, account: str, file: Path, source: str, slug: str, data_dir: Path | None) -> None:
    """Import FILE, a statement of another bank as camt.053 (.xml) or CSV, for ACCOUNT, the number of one of ours.

    Its balances become assertions, and its lines are matched with our entries; what is left over is listed. Nothing is
    posted. If a line is wrong, every wrong one is named and nothing is imported. Exit code 1: something is left over.
    """
    content = file.read_bytes()
    found = read_camt053(content) if file.suffix.lower() == ".xml" else read_bank_csv(content, account=account)
    if isinstance(found, Unreadable):
        raise click.ClickException("\n".join(f"{file}:{bad.line}: {bad.problem}" for bad in found.lines))
    with bank_at(data_dir) as bank:
        tenant = bank.tenant(slug)
        ours = _account(tenant, account)
        imported = tenant.get(ImportStatement)(ours.id, found, source=source, origin=OPERATOR).value
    click.echo(_as_text(imported))
    if imported.matching.only_theirs or imported.matching.only_ours:
        sys.exit(1)


def _account(tenant: TenantBank, number: str) -> Account:
    found = tenant.queries.find_account_by_number(number)
    if found is None:
        raise NotFoundError(resource="account", identifier=number)
    return found


def _as_text(imported: ImportedStatement) -> str:
    found = imported.matching
    lines = [f"{len(imported.assertions)} assertions, {len(found.matches)} lines matched"]
    lines += [
        f"only theirs: line {each.line}: {each.amount} on {instant_text(each.booked_at)}, {each.reference or ''}"
        for each in found.only_theirs
    ]
    lines += [
        f"only ours: entry {line.entry.sequence}: {line.entry.amount} on {instant_text(line.entry.posted_at)},"
        f" transaction {line.entry.transaction_id}"
        for line in found.only_ours
    ]
    return "\n".join(lines)
