"""A statement in the form that the query names: JSON, or a file for spreadsheets, people or other banks."""

from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Final

from flask import Request, Response
from typing_extensions import override

from bankcore.documents.camt053 import camt053_pieces
from bankcore.documents.printing import DocumentPrinter
from bankcore.documents.statement_csv import csv_pieces
from bankcore.documents.statements import AccountStatement
from bankcore.errors import BankcoreError
from bankcore_http.answering.streams import begun
from bankcore_http.answering.wire import render_instant
from bankcore_http.ledger.shapes.accounts import StatementFormat, StatementShape, present_statement
from bankcore_http.reading.arguments import Addition, ArgumentSource

JSON_LINES_MAX: Final = 10_000
_CSV_TYPE: Final = "text/csv"
_XML_TYPE: Final = "application/xml"
PDF_TYPE: Final = "application/pdf"

StatementForm = Callable[[AccountStatement], StatementShape | Response]


def json_statement(statement: AccountStatement) -> StatementShape:
    """The statement in one JSON object. Raises: InvalidRequestError: it has more than 10,000 lines, which CSV can
    stream.
    """
    statement.require_at_most(JSON_LINES_MAX, instead="csv")
    return present_statement(statement)


def csv_statement(statement: AccountStatement) -> Response:
    """The statement as a file that is sent while it is read."""
    return _file(begun(csv_pieces(statement)), f"{_CSV_TYPE}; charset=utf-8", _file_name(statement, "csv"))


def camt053_statement(statement: AccountStatement) -> Response:
    """The statement as a message for programs of other banks, sent while it is read."""
    return _file(begun(camt053_pieces(statement)), f"{_XML_TYPE}; charset=utf-8", _file_name(statement, "xml"))


class StatementForms(ArgumentSource):
    """Gives a view the forms of a statement by the name that the query uses, and documents those that are not JSON."""

    def __init__(self, printer: DocumentPrinter) -> None:
        self._forms: Final[Mapping[StatementFormat, StatementForm]] = {
            StatementFormat.JSON: json_statement,
            StatementFormat.CSV: csv_statement,
            StatementFormat.CAMT053: camt053_statement,
            StatementFormat.PDF: lambda statement: _file(
                printer.print_statement(statement), PDF_TYPE, _file_name(statement, "pdf")
            ),
        }

    @property
    @override
    def errors(self) -> Sequence[type[BankcoreError]]:
        return ()

    @override
    def read(self, request: Request) -> Mapping[StatementFormat, StatementForm]:
        """Every form there is."""
        return self._forms

    @override
    def describe(self) -> Addition:
        """The files beside the JSON."""
        rows = "One row for the opening balance, one for each entry, one for the closing balance"
        message = "The bank-to-customer statement of ISO 20022, camt.053.001.08"
        pages = "Pages to read and to print, with at most 10,000 lines"
        content = {
            _CSV_TYPE: {"schema": {"type": "string", "description": rows}},
            _XML_TYPE: {"schema": {"type": "string", "description": message}},
            PDF_TYPE: {"schema": {"type": "string", "format": "binary", "description": pages}},
        }
        return Addition(members={"responses": {HTTPStatus.OK.value: {"content": content}}})


def _file(body: object, content_type: str, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(body, content_type=content_type, headers=headers)  # type: ignore[arg-type] # text in pieces, or bytes


def _file_name(statement: AccountStatement, ending: str) -> str:
    period = f"{render_instant(statement.from_instant)[:10]}-{render_instant(statement.to_instant)[:10]}"
    return f"statement-{statement.account.number}-{period}.{ending}"
