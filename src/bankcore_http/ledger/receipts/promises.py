"""Audit receipts over HTTP: `Prefer: receipt` asks for one beside the answer to a posting."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from flask import Request
from typing_extensions import override

from bankcore.audit.receipts import AuditReceipts
from bankcore.errors import BankcoreError
from bankcore.identifiers import TenantId
from bankcore.ledger.transactions import Transaction
from bankcore_http.auth import Caller
from bankcore_http.reading.arguments import Addition, ArgumentSource

AuditReceiptsOf = Callable[[TenantId], AuditReceipts]
ReceiptHeaders = Callable[[Transaction], Mapping[str, str]]

RECEIPT_HEADER: Final = "Bankcore-Receipt"
PREFERENCE: Final = "receipt"
RECEIPT_HEADERS: Final[Mapping[str, str]] = {
    RECEIPT_HEADER: f"The audit receipt, a compact JWS, if `Prefer: {PREFERENCE}` asked for it and it could be had"
}
"""For `headers` of a `response`, so that the document shows it."""
_NONE: Final[Mapping[str, str]] = {}


@dataclass(frozen=True, slots=True)
class ReceiptWish:
    """Whether the client wants an audit receipt beside the answer."""

    receipts_of: AuditReceiptsOf | None

    def headers_for(self, caller: Caller) -> ReceiptHeaders:
        """A function that gives the headers of an answer with a transaction of the caller's tenant; it never raises."""
        if self.receipts_of is None:
            return without_receipt
        receipts = self.receipts_of(caller.principal.tenant_id)

        def with_receipt(transaction: Transaction) -> Mapping[str, str]:
            receipt = receipts.find_receipt(transaction)
            return _NONE if receipt is None else {RECEIPT_HEADER: receipt.signed}

        return with_receipt


class ReceiptPreference(ArgumentSource):
    """Gives a view the `ReceiptWish` of the client (RFC 7240); other preferences are ignored."""

    def __init__(self, receipts_of: AuditReceiptsOf) -> None:
        self._wanted = ReceiptWish(receipts_of)
        self._unwanted = ReceiptWish(None)

    @property
    @override
    def errors(self) -> Sequence[type[BankcoreError]]:
        return ()

    @override
    def read(self, request: Request) -> ReceiptWish:
        """The wish. A preference is no condition, so any value is accepted."""
        sent: str | None = request.environ.get("HTTP_PREFER")
        if sent is None:
            return self._unwanted
        names = {part.partition(";")[0].strip().lower() for part in sent.split(",")}
        return self._wanted if PREFERENCE in names else self._unwanted

    @override
    def describe(self) -> Addition:
        """The header, which may be left out."""
        parameter = {
            "name": "Prefer",
            "in": "header",
            "required": False,
            "description": f"`{PREFERENCE}` asks for an audit receipt in the header `{RECEIPT_HEADER}` of the answer",
            "schema": {"type": "string"},
            "example": PREFERENCE,
        }
        return Addition(parameters=[parameter])


def without_receipt(_transaction: Transaction) -> Mapping[str, str]:
    """The headers of an answer without a receipt."""
    return _NONE
