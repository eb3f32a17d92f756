"""A receipt as a page to read, print and keep, complete in itself and without a script."""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Final, NamedTuple

from flask import Response
from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from bankcore.documents.receipts import Receipt
from bankcore.documents.wording import instant_for_people
from bankcore.ledger.transactions import Entry
from bankcore_http.answering.wire import render_instant

HTML_TYPE: Final = "text/html"
_PACKAGE: Final = "bankcore_http.ledger.receipts"
_TEMPLATES: Final = "templates"


class ShownInstant(NamedTuple):
    """An instant for machines, and for people."""

    machine: str
    people: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptLine:
    """A row of the page; its balances are None where the viewer may not see them."""

    label: str
    identifier: str
    amount: str
    balance_before: str | None
    balance_after: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptPage:
    """All that the page shows, as text; `total` is None where several currencies moved."""

    title: str
    total: str | None
    reference: str | None
    transaction_id: str
    reverses: str | None
    posted_at: ShownInstant
    effective_at: ShownInstant
    issued_at: ShownInstant
    lines: list[ReceiptLine]


def receipt_page(receipt: Receipt, *, headers: Mapping[str, str]) -> Response:
    """The page, with a content policy that allows only its own style."""
    html = _template().render(page=_page(receipt), style=_style())
    own_headers = {**headers, "Content-Security-Policy": _policy()}
    return Response(html, content_type=f"{HTML_TYPE}; charset=utf-8", headers=own_headers)


def _page(receipt: Receipt) -> ReceiptPage:
    transaction = receipt.view.transaction
    return ReceiptPage(
        title=receipt.title,
        total=None if transaction.amount is None else str(transaction.amount),
        reference=transaction.reference,
        transaction_id=str(transaction.id),
        reverses=None if transaction.reverses is None else str(transaction.reverses),
        posted_at=_shown(transaction.posted_at),
        effective_at=_shown(transaction.effective_at),
        issued_at=_shown(receipt.issued_at),
        lines=[_line(receipt, entry) for entry in transaction.entries],
    )


def _line(receipt: Receipt, entry: Entry) -> ReceiptLine:
    may_see = receipt.view.may_see_balances(entry)
    named = receipt.named(entry)
    return ReceiptLine(
        label=named.label,
        identifier=named.identifier,
        amount=str(entry.amount),
        balance_before=str(entry.balance_before) if may_see else None,
        balance_after=str(entry.balance_after) if may_see else None,
    )


def _shown(instant: datetime) -> ShownInstant:
    return ShownInstant(render_instant(instant), instant_for_people(instant))


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader(_PACKAGE, _TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("receipt.html")


@cache
def _style() -> Markup:
    css = files(_PACKAGE).joinpath(_TEMPLATES, "receipt.css").read_text(encoding="utf-8")
    return Markup(css)  # noqa: S704 - a file of ours, without a word of anybody else


@cache
def _policy() -> str:
    digest = b64encode(sha256(_style().encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
