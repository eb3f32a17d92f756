"""A statement on pages: what it is of, the opening balance, a row for each entry, the closing balance."""

from datetime import UTC, datetime
from typing import Final

from bankcore.documents.statements import AccountStatement, StatementLine
from bankcore.documents.wording import amount_for_people, instant_for_people, kind_for_people, minor_for_people
from bankcore.ledger.accounts import settlement_account_id
from bankcore.money import Money
from bankcore_infra.documents.fonts import BOLD
from bankcore_infra.documents.sheet import LEADING, WIDTH, Sheets
from bankcore_infra.documents.typesetting import Style, wrap

_TITLE: Final = Style(17, BOLD)
_LABEL: Final = Style(8.5, grey=0.35)
_FACT: Final = Style(8.5)
_HEAD: Final = Style(8, BOLD)
_TEXT: Final = Style(8)
_SMALL: Final = Style(6.5, grey=0.35)
_TOTAL: Final = Style(8.5, BOLD)
_LABEL_WIDTH: Final = 70.0
# Columns: where details begin and how wide they may be, and where the two columns of money end.
_DETAILS: Final = 92.0
_DETAILS_WIDTH: Final = 205.0
_AMOUNT_RIGHT: Final = WIDTH - 104.0
_BALANCE_RIGHT: Final = WIDTH
_MONEY_ROOM: Final = 98.0
_ROW_GAP: Final = 4.0


def statement_pages(statement: AccountStatement) -> bytes:
    """The pages as PDF."""
    account = statement.account
    sheets = Sheets(
        title=f"Statement of account {account.number}",
        foot=f"Account {account.number}, issued on {instant_for_people(statement.issued_at)}",
        made_at=statement.issued_at,
    )
    _write_facts(sheets, statement)
    _write_head(sheets)
    sheets.on_new_page = lambda: _write_head(sheets)
    _write_balance(sheets, "Opening balance", statement.from_instant, statement.opening)
    credited, debited = 0, 0
    for line in statement.lines():
        _write_line(sheets, statement, line)
        credited += max(line.entry.amount_minor, 0)
        debited += min(line.entry.amount_minor, 0)
    sheets.require(80)
    _write_balance(sheets, "Closing balance", statement.to_instant, statement.closing)
    _write_totals(sheets, statement, credited=credited, debited=debited)
    return sheets.finish()


def _write_facts(sheets: Sheets, statement: AccountStatement) -> None:
    account = statement.account
    sheets.write("Account statement", _TITLE)
    sheets.skip(_TITLE.size * LEADING + 8)
    facts = (
        ("Holder", statement.holder),
        ("Account", account.number),
        ("Name", account.name),
        ("Currency", account.currency.code),
        ("From", instant_for_people(statement.from_instant)),
        ("Until", f"{instant_for_people(statement.to_instant)}, not included"),
    )
    for label, fact in facts:
        if fact is not None:
            sheets.write(label, _LABEL)
            sheets.paragraph(fact, _FACT, left=_LABEL_WIDTH, width=WIDTH - _LABEL_WIDTH)
    sheets.skip(3)
    sheets.paragraph("All times are in UTC. A minus sign means that money left the account.", _LABEL)
    sheets.skip(10)


def _write_head(sheets: Sheets) -> None:
    sheets.write("Posted", _HEAD)
    sheets.write("Details", _HEAD, left=_DETAILS)
    sheets.write_to_right("Amount", _HEAD, right=_AMOUNT_RIGHT, room=_MONEY_ROOM)
    sheets.write_to_right("Balance", _HEAD, right=_BALANCE_RIGHT, room=_MONEY_ROOM)
    sheets.skip(_HEAD.size * LEADING + 2)
    sheets.rule()
    sheets.skip(_ROW_GAP)


def _write_balance(sheets: Sheets, label: str, at: datetime, balance: Money) -> None:
    sheets.write(_moment(at), _TEXT)
    sheets.write(label, _HEAD, left=_DETAILS)
    sheets.write_to_right(amount_for_people(balance), _HEAD, right=_BALANCE_RIGHT, room=_MONEY_ROOM)
    _end_row(sheets)


def _write_line(sheets: Sheets, statement: AccountStatement, line: StatementLine) -> None:
    entry, transaction = line
    details = wrap(kind_for_people(transaction.kind), _TEXT, _DETAILS_WIDTH)
    reference = wrap(transaction.reference or "", _TEXT, _DETAILS_WIDTH)
    other = wrap(_other_side(statement, line), _SMALL, _DETAILS_WIDTH)
    sheets.require((len(details) + len(reference)) * _TEXT.size * LEADING + len(other) * _SMALL.size * LEADING)
    sheets.write(_moment(entry.posted_at), _TEXT)
    sheets.write_to_right(amount_for_people(entry.amount), _TEXT, right=_AMOUNT_RIGHT, room=_MONEY_ROOM)
    sheets.write_to_right(amount_for_people(entry.balance_after), _TEXT, right=_BALANCE_RIGHT, room=_MONEY_ROOM)
    sheets.lines([*details, *reference], _TEXT, left=_DETAILS)
    sheets.lines(other, _SMALL, left=_DETAILS)
    sheets.skip(_ROW_GAP - _TEXT.size * LEADING)
    _end_row(sheets)


def _other_side(statement: AccountStatement, line: StatementLine) -> str:
    account = statement.account
    if line.counterparty is None:
        return "several accounts"
    if line.counterparty == settlement_account_id(account.tenant_id, account.currency):
        return "the bank"
    return f"account {line.counterparty}"


def _end_row(sheets: Sheets) -> None:
    sheets.skip(_TEXT.size * LEADING)
    sheets.rule()
    sheets.skip(_ROW_GAP)


def _write_totals(sheets: Sheets, statement: AccountStatement, *, credited: int, debited: int) -> None:
    currency = statement.account.currency
    sheets.skip(8)
    rows = (
        ("Entries", f"{statement.line_count:,}"),
        ("Money in", minor_for_people(credited, currency)),
        ("Money out", minor_for_people(debited, currency)),
        (f"Closing balance in {currency.code}", amount_for_people(statement.closing)),
    )
    for label, value in rows:
        sheets.write(label, _TOTAL, left=_DETAILS)
        sheets.write_to_right(value, _TOTAL, right=_BALANCE_RIGHT)
        sheets.skip(_TOTAL.size * LEADING + 2)


def _moment(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
