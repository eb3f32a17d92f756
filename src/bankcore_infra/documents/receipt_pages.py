"""A receipt on a page: what moved, when, and what it did to each account."""

from typing import Final

from bankcore.documents.receipts import Receipt
from bankcore.documents.wording import amount_for_people, instant_for_people
from bankcore.ledger.transactions import Entry
from bankcore.money import Money
from bankcore_infra.documents.fonts import BOLD
from bankcore_infra.documents.sheet import LEADING, WIDTH, Sheets
from bankcore_infra.documents.typesetting import Style, wrap

_TITLE: Final = Style(11, BOLD, grey=0.35)
_AMOUNT: Final = Style(24, BOLD)
_LABEL: Final = Style(9, grey=0.35)
_FACT: Final = Style(9)
_HEAD: Final = Style(8.5, BOLD)
_TEXT: Final = Style(8.5)
_SMALL: Final = Style(7, grey=0.35)
_LABEL_WIDTH: Final = 75.0
_ACCOUNT_WIDTH: Final = 190.0
_AMOUNT_RIGHT: Final = WIDTH - 210.0
_BEFORE_RIGHT: Final = WIDTH - 105.0
_AFTER_RIGHT: Final = WIDTH
_MONEY_ROOM: Final = 99.0
_HIDDEN: Final = "not shown to you"
_FINAL: Final = "The transaction is final: it is never changed, only reversed by another one."


def receipt_pages(receipt: Receipt) -> bytes:
    """The page, or pages where many accounts took part, as PDF."""
    transaction = receipt.view.transaction
    sheets = Sheets(
        title=f"{receipt.title} {transaction.id}",
        foot=f"Transaction {transaction.id}, issued on {instant_for_people(receipt.issued_at)}",
        made_at=receipt.issued_at,
    )
    sheets.write(receipt.title, _TITLE)
    sheets.skip(_TITLE.size * LEADING)
    if transaction.amount is not None:
        sheets.write(_with_code(transaction.amount), _AMOUNT)
        sheets.skip(_AMOUNT.size * LEADING)
    sheets.skip(8)
    _write_facts(sheets, receipt)
    _write_head(sheets)
    sheets.on_new_page = lambda: _write_head(sheets)
    for entry in transaction.entries:
        _write_entry(sheets, receipt, entry)
    sheets.skip(4)
    sheets.paragraph(_FINAL, _LABEL)
    return sheets.finish()


def _write_facts(sheets: Sheets, receipt: Receipt) -> None:
    transaction = receipt.view.transaction
    is_dated = transaction.effective_at != transaction.posted_at
    facts = (
        ("Posted", instant_for_people(transaction.posted_at)),
        ("Effective", instant_for_people(transaction.effective_at) if is_dated else None),
        ("Reference", transaction.reference),
        ("Transaction", str(transaction.id)),
        ("Reverses", None if transaction.reverses is None else str(transaction.reverses)),
    )
    for label, fact in facts:
        if fact is not None:
            sheets.write(label, _LABEL)
            sheets.paragraph(fact, _FACT, left=_LABEL_WIDTH, width=WIDTH - _LABEL_WIDTH)
    sheets.skip(12)


def _write_head(sheets: Sheets) -> None:
    sheets.write("Account", _HEAD)
    for label, right in (("Amount", _AMOUNT_RIGHT), ("Balance before", _BEFORE_RIGHT), ("Balance after", _AFTER_RIGHT)):
        sheets.write_to_right(label, _HEAD, right=right)
    sheets.skip(_HEAD.size * LEADING + 2)
    sheets.rule()
    sheets.skip(4)


def _write_entry(sheets: Sheets, receipt: Receipt, entry: Entry) -> None:
    named = receipt.named(entry)
    label = wrap(named.label, _TEXT, _ACCOUNT_WIDTH)
    sheets.require((len(label) + 1) * _TEXT.size * LEADING + 8)
    sheets.write_to_right(_with_code(entry.amount), _TEXT, right=_AMOUNT_RIGHT, room=_MONEY_ROOM)
    if receipt.view.may_see_balances(entry):
        sheets.write_to_right(_with_code(entry.balance_before), _TEXT, right=_BEFORE_RIGHT, room=_MONEY_ROOM)
        sheets.write_to_right(_with_code(entry.balance_after), _TEXT, right=_AFTER_RIGHT, room=_MONEY_ROOM)
    else:
        sheets.write_to_right(_HIDDEN, _SMALL, right=_AFTER_RIGHT)
    sheets.lines(label, _TEXT)
    sheets.lines([named.identifier], _SMALL)
    sheets.skip(3)
    sheets.rule()
    sheets.skip(4)


def _with_code(amount: Money) -> str:
    return f"{amount_for_people(amount)} {amount.currency.code}"
