"""A statement out of a body, or every line of it that is wrong."""

from bankcore.documents.bank_csv_reader import read_bank_csv
from bankcore.documents.bank_statements import BankStatement, Unreadable
from bankcore.documents.camt053_reader import read_camt053
from bankcore_http.assertions.shapes import BankStatementBody, BankStatementFormat
from bankcore_http.reading.statement_text import wrong_lines


def read_bank_statement(body: BankStatementBody) -> BankStatement:
    """The statement. Raises: InvalidRequestError: each wrong line is named."""
    content = body.content.encode("utf-8", "replace")
    is_csv = body.format is BankStatementFormat.CSV
    found = read_bank_csv(content, account=str(body.account_id)) if is_csv else read_camt053(content)
    if isinstance(found, Unreadable):
        raise wrong_lines(found)
    return found
