"""A statement as JSON, or as streamed CSV for periods of any length."""

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from http import HTTPStatus
from io import StringIO
from typing import Final

from flask import Request, Response
from typing_extensions import override

from bankcore.errors import BankcoreError, InvalidRequestError
from bankcore.money import Money
from bankcore_http.answering.streams import begun
from bankcore_http.answering.wire import render_instant
from bankcore_http.ledger.shapes.accounts import StatementFormat, StatementShape, present_statement
from bankcore_http.ledger.statement import WINDOW, AccountStatement, StatementLine
from bankcore_http.reading.arguments import Addition, ArgumentSource

JSON_LINES_MAX: Final = 10_000
CSV_HEADER: Final = (
    *("line", "sequence", "at", "transactionId", "amount", "currency", "balance"),
    *("kind", "reference", "counterpartyAccountId"),
)
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_CSV_TYPE: Final = "text/csv"

Row = Sequence[str | int]
StatementForm = Callable[[AccountStatement], StatementShape | Response]


def json_statement(statement: AccountStatement) -> StatementShape:
    """The statement in one JSON object. Raises: InvalidRequestError: it has more than 10,000 lines, which CSV can
    stream.
    """
    if statement.line_count > JSON_LINES_MAX:
        detail = f"more than {JSON_LINES_MAX} lines: ask for a shorter period, or for csv"
        raise InvalidRequestError(pointer="/query/format", detail=detail)
    return present_statement(statement)


def csv_statement(statement: AccountStatement) -> Response:
    """The statement as a file (RFC 4180). A file without a closing balance at its end was cut off."""
    opening = _balance_row("opening", statement.from_instant, statement.opening)
    closing = _balance_row("closing", statement.to_instant, statement.closing)
    period = f"{render_instant(statement.from_instant)[:10]}-{render_instant(statement.to_instant)[:10]}"
    return Response(
        begun(_in_pieces(_rows(statement, opening=opening, closing=closing))),
        content_type=f"{_CSV_TYPE}; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="statement-{statement.account.number}-{period}.csv"'},
    )


def _rows(statement: AccountStatement, *, opening: Row, closing: Row) -> Iterator[Row]:
    yield CSV_HEADER
    yield opening
    for line in statement.lines():
        yield _entry_row(line)
    yield closing


def _balance_row(line: str, at: datetime, balance: Money) -> Row:
    return (line, "", render_instant(at), "", "", balance.currency.code, balance.to_decimal_string(), "", "", "")


def _entry_row(line: StatementLine) -> Row:
    entry, transaction = line
    return (
        "entry",
        entry.sequence,
        render_instant(entry.posted_at),
        str(entry.transaction_id),
        entry.amount.to_decimal_string(),
        entry.currency.code,
        entry.balance_after.to_decimal_string(),
        transaction.kind,
        _as_text(transaction.reference or ""),
        "" if line.counterparty is None else str(line.counterparty),
    )


def _as_text(reference: str) -> str:
    """The reference in a form that no spreadsheet takes for a formula, because somebody else may have written it."""
    return f"'{reference}" if reference.startswith(_FORMULA) else reference


def _in_pieces(rows: Iterable[Row]) -> Iterator[str]:
    """The rows as text, a few hundred at a time, because single ones would be sent one by one."""
    buffer = StringIO()
    writer = csv.writer(buffer)
    for number, row in enumerate(rows, start=1):
        writer.writerow(row)
        if number % WINDOW == 0:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


FORMS: Final[Mapping[StatementFormat, StatementForm]] = {
    StatementFormat.JSON: json_statement,
    StatementFormat.CSV: csv_statement,
}


class StatementForms(ArgumentSource):
    """Gives a view the forms of a statement by the name that the query uses, and documents those that are not JSON."""

    @property
    @override
    def errors(self) -> Sequence[type[BankcoreError]]:
        return ()

    @override
    def read(self, request: Request) -> Mapping[StatementFormat, StatementForm]:
        """Every form there is."""
        return FORMS

    @override
    def describe(self) -> Addition:
        """The file beside the JSON."""
        said = "One row for the opening balance, one for each entry, one for the closing balance"
        content = {_CSV_TYPE: {"schema": {"type": "string", "description": said}}}
        return Addition(members={"responses": {HTTPStatus.OK.value: {"content": content}}})
