"""A statement out of a body, or every line of it that is wrong."""

from typing import Final

from bankcore.documents.bank_csv_reader import read_bank_csv
from bankcore.documents.bank_statements import BankStatement, Unreadable
from bankcore.documents.camt053_reader import read_camt053
from bankcore_http.answering.errors import FieldError, InvalidFieldsError
from bankcore_http.assertions.shapes import BankStatementBody, BankStatementFormat

LINES_TOLD_MAX: Final = 100
"""More wrong lines than these are not told: such a file is another one."""


def read_bank_statement(body: BankStatementBody) -> BankStatement:
    """The statement. Raises: InvalidRequestError: each wrong line is named."""
    content = body.content.encode("utf-8", "replace")
    is_csv = body.format is BankStatementFormat.CSV
    found = read_bank_csv(content, account=str(body.account_id)) if is_csv else read_camt053(content)
    if isinstance(found, Unreadable):
        told = [FieldError("/content", f"line {bad.line}: {bad.problem}") for bad in found.lines[:LINES_TOLD_MAX]]
        raise InvalidFieldsError(field_errors=tuple(told))
    return found
