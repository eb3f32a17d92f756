"""Reads a statement of another bank as CSV of one stated form, exactly or not at all."""

import csv
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Final, NamedTuple

from bankcore.documents.bank_statements import BadLine, BankEntry, BankStatement, Unreadable, require_year
from bankcore.errors import BankcoreError
from bankcore.money import Currency, Money

CSV_COLUMNS: Final = ("line", "at", "amount", "currency", "balance", "reference", "bankReference")
"""`line` is `opening`, `entry` or `closing`. The first and the last row have a balance, those between an amount."""
BYTES_MAX: Final = 16 * 1024 * 1024
_A_DAY: Final = timedelta(days=1)


class _Row(NamedTuple):
    line: int
    kind: str
    at: datetime
    money: Money
    reference: str | None
    bank_reference: str | None


def read_bank_csv(content: bytes, *, account: str) -> BankStatement | Unreadable:
    """The statement in UTF-8, of the account of that name; or every line that is wrong.

    A day is in UTC; as the time of the closing balance it means the end of the day.
    """
    if len(content) > BYTES_MAX:
        return Unreadable((BadLine(1, f"the file has more than {BYTES_MAX} bytes"),))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return Unreadable((BadLine(1, "this is not UTF-8"),))
    good, bad = list[_Row](), list[BadLine]()
    for read in _rows(text):
        if isinstance(read, BadLine):
            bad.append(read)
        else:
            good.append(read)
    bad += () if bad else _wrong_together(good)
    return Unreadable(tuple(bad)) if bad else _statement(good, account)


def _rows(text: str) -> Iterator[_Row | BadLine]:
    reader = csv.reader(StringIO(text, newline=""), strict=True)
    try:
        if tuple(next(reader, ())) != CSV_COLUMNS:
            yield BadLine(1, f"the columns are {','.join(CSV_COLUMNS)}")
            return
        for cells in reader:
            yield _row(reader.line_num, cells)
    except csv.Error as error:
        yield BadLine(reader.line_num, f"this is no CSV: {error}")


def _row(line: int, cells: Sequence[str]) -> _Row | BadLine:
    if len(cells) != len(CSV_COLUMNS):
        return BadLine(line, f"{len(CSV_COLUMNS)} columns are expected, and there are {len(cells)}")
    kind, at, amount, currency, balance, reference, bank_reference = cells
    if kind not in {"opening", "entry", "closing"}:
        return BadLine(line, "a line is opening, entry or closing")
    used, unused = (amount, balance) if kind == "entry" else (balance, amount)
    if unused:
        return BadLine(line, "an entry has an amount and no balance" if kind == "entry" else "a balance has no amount")
    try:
        money = Money.of(used, Currency.of(currency))
        return _Row(
            line, kind, _instant(at, is_end=kind == "closing"), money, reference or None, bank_reference or None
        )
    except BankcoreError as error:
        return BadLine(line, getattr(error, "detail", "") or error.title)
    except ValueError:
        return BadLine(line, "a time is a day, or RFC 3339")


def _instant(text: str, *, is_end: bool) -> datetime:
    instant = require_year(datetime.fromisoformat(text))
    is_day = len(text) == len("2026-01-31")
    in_utc = instant.astimezone(UTC) if instant.tzinfo else instant.replace(tzinfo=UTC)
    return in_utc + _A_DAY if is_day and is_end else in_utc


def _wrong_together(rows: Sequence[_Row]) -> Iterator[BadLine]:
    kinds = [row.kind for row in rows]
    if kinds[:1] != ["opening"] or kinds[-1:] != ["closing"] or len(kinds) - kinds.count("entry") != len(kinds[:2]):
        yield BadLine(rows[-1].line if rows else 1, "an opening balance comes first, a closing one last, and no other")
        return
    currency = rows[0].money.currency
    for row in rows:
        if row.money.currency != currency:
            yield BadLine(row.line, f"the account is in {currency}")
    if sum(row.money.minor for row in rows[:-1]) != rows[-1].money.minor:
        yield BadLine(rows[-1].line, "the closing balance is not the opening balance with all entries")
    if rows[-1].at < rows[0].at:
        yield BadLine(rows[-1].line, "the period ends before it begins")


def _statement(rows: Sequence[_Row], account: str) -> BankStatement:
    opening, *entries, closing = rows
    return BankStatement(
        account=account,
        from_instant=opening.at,
        to_instant=closing.at,
        opening=opening.money,
        closing=closing.money,
        entries=tuple(
            BankEntry(row.line, row.money, row.at, row.at, row.bank_reference, row.reference) for row in entries
        ),
    )
