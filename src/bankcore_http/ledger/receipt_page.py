"""A receipt as a page: to read, to print and to keep, complete in itself and without a script."""

from base64 import b64encode
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Final

from flask import Response
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from bankcore.ledger.accounts import Account
from bankcore.ledger.transactions import Entry
from bankcore_http.ledger.receipt import Receipt

_TEMPLATES: Final = "bankcore_http.ledger"
_MONTHS: Final = (
    "January February March April May June July August September October November December".split()  # noqa: SIM905
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptLine:
    """A row of the page; balances are None where the viewer may not see them."""

    account: str
    detail: str | None
    amount: str
    currency: str
    balance_before: str | None
    balance_after: str | None


def receipt_page(receipt: Receipt) -> Response:
    """The page, under a policy that lets its own style through and nothing else."""
    transaction = receipt.view.transaction
    page = _environment().get_template("receipt.html").render(
        style=Markup(_style()),  # noqa: S704 - our own file
        transaction=transaction,
        title=_title(transaction.kind),
        amount=None if transaction.amount is None else transaction.amount.to_decimal_string(),
        lines=[_line(receipt, entry) for entry in transaction.entries],
        issued_at=datetime.fromisoformat(receipt.issued_at),
    )
    return Response(page, content_type="text/html; charset=utf-8", headers={"Content-Security-Policy": _policy()})


def _line(receipt: Receipt, entry: Entry) -> ReceiptLine:
    may_see = receipt.view.may_see_balances(entry)
    account = receipt.accounts.get(entry.account_id)
    ...
