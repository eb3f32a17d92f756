"""Which form of a receipt the client wants, by its `Accept` header."""

from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Final

from flask import Request, Response
from typing_extensions import override

from bankcore.documents.printing import DocumentPrinter
from bankcore.documents.receipts import Receipt
from bankcore.errors import BankcoreError
from bankcore_http.answering.envelope import Answer
from bankcore_http.answering.errors import NotAcceptableError
from bankcore_http.answering.failures import PROBLEM_TYPE
from bankcore_http.ledger.receipts.page import HTML_TYPE, receipt_page
from bankcore_http.ledger.receipts.shapes import present_receipt
from bankcore_http.reading.arguments import Addition, ArgumentSource

ReceiptForm = Callable[[Receipt], Answer | Response]

PDF_TYPE: Final = "application/pdf"
_JSON_TYPE: Final = "application/json"
_VARY: Final = {"Vary": "Accept"}


def _as_json(receipt: Receipt) -> Answer:
    return Answer(present_receipt(receipt), headers=_VARY)


def _as_page(receipt: Receipt) -> Response:
    return receipt_page(receipt, headers=_VARY)


class AcceptedReceiptForm(ArgumentSource):
    """Gives a view the form that the client prefers; JSON by default."""

    def __init__(self, printer: DocumentPrinter) -> None:
        def as_pages(receipt: Receipt) -> Response:
            name = f"receipt-{receipt.view.transaction.id}.pdf"
            headers = {**_VARY, "Content-Disposition": f'inline; filename="{name}"'}
            return Response(printer.print_receipt(receipt), content_type=PDF_TYPE, headers=headers)

        # A client that wants failures as problem details gets a success as JSON.
        self._forms: Final[Mapping[str, ReceiptForm]] = {
            _JSON_TYPE: _as_json,
            PROBLEM_TYPE: _as_json,
            HTML_TYPE: _as_page,
            PDF_TYPE: as_pages,
        }

    @property
    @override
    def errors(self) -> Sequence[type[BankcoreError]]:
        return (NotAcceptableError,)

    @override
    def read(self, request: Request) -> ReceiptForm:
        """The function that renders the form. Raises: NotAcceptableError: the client accepts none of the forms."""
        best = request.accept_mimetypes.best_match(self._forms) if request.accept_mimetypes else _JSON_TYPE
        if best is None:
            raise NotAcceptableError(offered=f"{_JSON_TYPE}, {HTML_TYPE}, {PDF_TYPE}")
        return self._forms[best]

    @override
    def describe(self) -> Addition:
        """The pages beside the JSON."""
        said = "A page to read and to print, complete in itself"
        content = {
            HTML_TYPE: {"schema": {"type": "string", "description": said}},
            PDF_TYPE: {"schema": {"type": "string", "format": "binary", "description": said}},
        }
        return Addition(members={"responses": {HTTPStatus.OK.value: {"content": content}}})
