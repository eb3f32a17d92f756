"""`bankcore statement`: what happened on an account, as a file."""

import sys
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final
from uuid import UUID

import click
from rich.console import Console

from bankcore.documents.camt053 import camt053_pieces
from bankcore.documents.holders import HolderNames
from bankcore.documents.printing import DocumentPrinter
from bankcore.documents.statement_csv import csv_pieces
from bankcore.documents.statement_json import json_pieces
from bankcore.documents.statements import AccountStatement, read_statement
from bankcore.errors import InvalidRequestError, NotFoundError
from bankcore.identifiers import AccountId
from bankcore.ledger.queries import LedgerQueries
from bankcore_infra.cli.banks import bank_at, tenant_of
from bankcore_infra.cli.options import FILE, data_dir_option, tenant_option
from bankcore_infra.cli.output_file import write_whole
from bankcore_infra.cli.printing import progress_bar

_INSTANT: Final = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"])
_TEXT_FORMS: Final = {"csv": csv_pieces, "json": json_pieces, "camt053": camt053_pieces}
_PDF: Final = "pdf"


@click.command()
@click.argument("account")
@click.option("--from", "since", type=_INSTANT, help="From this instant (UTC) [default: the opening].")
@click.option("--to", "until", type=_INSTANT, help="Until just before this instant (UTC) [default: now].")
@click.option(
    "--format", "form", type=click.Choice([*_TEXT_FORMS, _PDF]), default="csv", show_default=True, help="The form."
)
@click.option("--out", type=FILE, help="File to write [default: standard output].")
@tenant_option
@data_dir_option
def statement(  # noqa: PLR0913 - one parameter for each option
    *,
    account: str,
    since: datetime | None,
    until: datetime | None,
    form: str,
    out: Path | None,
    slug: str,
    data_dir: Path | None,
) -> None:
    """Write the statement of an account: CSV, JSON, camt.053 or PDF.

    ACCOUNT is the number of an account, or its id.
    """
    if form == _PDF and out is None and sys.stdout.isatty():
        raise click.UsageError("A PDF is nothing for a terminal: give --out, or redirect the output.")
    with bank_at(data_dir) as bank, progress_bar("entries", Console(stderr=True)) as show:
        tenant = tenant_of(bank, slug)
        try:
            told = read_statement(
                tenant.queries,
                _account_id(tenant.queries, account),
                from_instant=_utc(since),
                to_instant=_utc(until),
                holders=tenant.get(HolderNames),
            )
            watched = replace(told, on_progress=partial(show, total=told.line_count))
            _write(out, _in_form(form, watched, bank.get(DocumentPrinter)))
        except InvalidRequestError as error:
            raise click.ClickException(error.detail) from None
        except NotFoundError:
            raise click.ClickException(f"the tenant {slug} has no account {account}") from None


def _account_id(queries: LedgerQueries, account: str) -> AccountId:
    try:
        return AccountId(UUID(account))
    except ValueError:
        found = queries.find_account_by_number(account)
    if found is None:
        raise NotFoundError(resource="account", identifier=account)
    return found.id


def _in_form(form: str, told: AccountStatement, printer: DocumentPrinter) -> Iterable[bytes]:
    if form == _PDF:
        return [printer.print_statement(told)]
    return (piece.encode() for piece in _TEXT_FORMS[form](told))


def _write(out: Path | None, parts: Iterable[bytes]) -> None:
    if out is not None:
        write_whole(out, parts)
        return
    for part in parts:
        sys.stdout.buffer.write(part)


def _utc(instant: datetime | None) -> datetime | None:
    return None if instant is None else instant.replace(tzinfo=UTC)
