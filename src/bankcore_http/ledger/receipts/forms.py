"""Which form of a receipt the client wants, by its `Accept` header."""

from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Final

from flask import Request, Response
from typing_extensions import override

from bankcore.errors import BankcoreError
from bankcore_http.answering.envelope import Answer
from bankcore_http.answering.errors import NotAcceptableError
from bankcore_http.answering.failures import PROBLEM_TYPE
from bankcore_http.ledger.receipts.issue import Receipt
from bankcore_http.ledger.receipts.page import HTML_TYPE, receipt_page
from bankcore_http.ledger.receipts.shapes import present_receipt
from bankcore_http.reading.arguments import Addition, ArgumentSource

ReceiptForm = Callable[[Receipt], Answer | Response]

_JSON_TYPE: Final = "application/json"
_VARY: Final = {"Vary": "Accept"}


def _as_json(receipt: Receipt) -> Answer:
    return Answer(present_receipt(receipt), headers=_VARY)


def _as_page(receipt: Receipt) -> Response:
    return receipt_page(receipt, headers=_VARY)


# A client that wants failures as problem details gets a success as JSON.
_FORMS: Final[Mapping[str, ReceiptForm]] = {
    _JSON_TYPE: _as_json,
    PROBLEM_TYPE: _as_json,
    HTML_TYPE: _as_page,
}


class AcceptedReceiptForm(ArgumentSource):
    """Gives a view the form that the client prefers; JSON by default."""

    @property
    @override
    def errors(self) -> Sequence[type[BankcoreError]]:
        return (NotAcceptableError,)

    @override
    def read(self, request: Request) -> ReceiptForm:
        """The function that renders the form. Raises: NotAcceptableError: the client accepts none of the forms."""
        best = request.accept_mimetypes.best_match(_FORMS) if request.accept_mimetypes else _JSON_TYPE
        if best is None:
            raise NotAcceptableError(offered=f"{_JSON_TYPE}, {HTML_TYPE}")
        return _FORMS[best]

    @override
    def describe(self) -> Addition:
        """The page beside the JSON."""
        said = "A page to read and to print, complete in itself"
        content = {HTML_TYPE: {"schema": {"type": "string", "description": said}}}
        return Addition(members={"responses": {HTTPStatus.OK.value: {"content": content}}})
