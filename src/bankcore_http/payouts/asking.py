"""What is asked for with a payout, in JSON or as a file, and what is wrong with it."""

from io import StringIO
from typing import NoReturn

from bankcore.identifiers import AccountId
from bankcore.payouts.files import PayoutFormat, read_rows
from bankcore.payouts.rows import InvalidRowsError, RowField
from bankcore.payouts.start import StartPayout
from bankcore_http.answering.errors import FieldError, InvalidFieldsError
from bankcore_http.payouts.shapes import PayoutBody, PayoutFileQuery
from bankcore_http.reading.files import Uploaded

PayoutFile = Uploaded[PayoutFormat]


def payout_asked(key: str, query: PayoutFileQuery, body: PayoutBody | PayoutFile) -> StartPayout:
    """The command in the body, or in the file and the query.

    Raises:
        InvalidFieldsError: something is missing, comes twice, or is a line that cannot be read.
        InvalidRequestError: there are no items.
    """
    if isinstance(body, PayoutBody):
        _require_no_query(query)
        _require_one_destination(body)
        return body.command(key)
    if query.account_id is None:
        raise InvalidFieldsError(field_errors=(FieldError("/query/accountId", "required with a file"),))
    try:
        rows = read_rows(StringIO(body.text, newline=""), body.form)
    except InvalidRowsError as error:
        refuse_rows(body, error)
    return StartPayout(AccountId(query.account_id), rows, name=query.name, idempotency_key=key)


def refuse_rows(body: PayoutBody | PayoutFile, error: InvalidRowsError) -> NoReturn:
    """Tell the problems as those of the body's members, or of the file's lines.

    Raises:
        InvalidFieldsError: always.
    """
    problems = tuple(FieldError(_pointer(body, line, wrong), detail) for line, wrong, detail in error.problems)
    raise InvalidFieldsError(field_errors=problems) from None


def _pointer(body: PayoutBody | PayoutFile, line: int, wrong: RowField | None) -> str:
    if not isinstance(body, PayoutBody):
        return f"/lines/{line}" if wrong is None else f"/lines/{line}/{wrong.value}"
    if wrong is None or wrong is RowField.ACCOUNT:
        return f"/items/{line - 1}/{body.items[line - 1].account_member}"
    return f"/items/{line - 1}/{wrong.value}"


def _require_no_query(query: PayoutFileQuery) -> None:
    given = {"accountId": query.account_id, "name": query.name}
    wrong = [FieldError(f"/query/{name}", "with a file only") for name, value in given.items() if value is not None]
    if wrong:
        raise InvalidFieldsError(field_errors=tuple(wrong))


def _require_one_destination(body: PayoutBody) -> None:
    wrong = [
        FieldError(f"/items/{index}/toAccountId", "give one of toAccountId and toAccountNumber")
        for index, item in enumerate(body.items)
        if (item.to_account_id is None) == (item.to_account_number is None)
    ]
    if wrong:
        raise InvalidFieldsError(field_errors=tuple(wrong))
