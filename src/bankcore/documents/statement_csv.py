"""A statement as comma-separated values (RFC 4180), made while it is read, so that its length does not matter."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from io import StringIO
from typing import Final

from bankcore.clock import instant_text
from bankcore.documents.statements import WINDOW, AccountStatement, StatementLine
from bankcore.money import Money

CSV_HEADER: Final = (
    *("line", "sequence", "at", "transactionId", "amount", "currency", "balance"),
    *("kind", "reference", "counterpartyAccountId"),
)
# What a spreadsheet takes for the beginning of a formula (OWASP, CSV injection).
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001 - full-width forms count too

Row = Sequence[str | int]


def csv_pieces(statement: AccountStatement) -> Iterator[str]:
    """The file in pieces: a row for the opening balance, one for each entry, one for the closing balance.

    A file without a closing balance at its end was cut off.
    """
    opening = _balance_row("opening", statement.from_instant, statement.opening)
    closing = _balance_row("closing", statement.to_instant, statement.closing)
    return _in_pieces(_rows(statement, opening=opening, closing=closing))


def _rows(statement: AccountStatement, *, opening: Row, closing: Row) -> Iterator[Row]:
    yield CSV_HEADER
    yield opening
    for line in statement.lines():
        yield _entry_row(line)
    yield closing


def _balance_row(line: str, at: datetime, balance: Money) -> Row:
    return (line, "", instant_text(at), "", "", balance.currency.code, balance.to_decimal_string(), "", "", "")


def _entry_row(line: StatementLine) -> Row:
    entry, transaction = line
    return (
        "entry",
        entry.sequence,
        instant_text(entry.posted_at),
        str(entry.transaction_id),
        entry.amount.to_decimal_string(),
        entry.currency.code,
        entry.balance_after.to_decimal_string(),
        transaction.kind,
        as_text(transaction.reference or ""),
        "" if line.counterparty is None else str(line.counterparty),
    )


def as_text(words: str) -> str:
    """The words in a form that no spreadsheet takes for a formula, because somebody else may have written them."""
    return f"'{words}" if words.lstrip().startswith(_FORMULA) or words.startswith(_FORMULA) else words


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
