"""What the routes of receipts show."""

from typing import Annotated

from typing_extensions import TypedDict

from bankcore.audit.receipts import AuditReceipt
from bankcore.documents.receipts import Receipt
from bankcore_http.account_shape import AccountName
from bankcore_http.answering import members
from bankcore_http.answering.members import Doc
from bankcore_http.answering.wire import render_instant
from bankcore_http.ledger.shapes.transactions import TransactionShape, present_transaction


class ReceiptAccountShape(TypedDict):
    """How people know an account."""

    accountId: members.AccountId
    number: members.Number
    name: AccountName | None


class ReceiptShape(TransactionShape):
    """A transaction as a document: with the numbers of the accounts the viewer may read, and when it was issued."""

    accounts: list[ReceiptAccountShape]
    issuedAt: members.Instant


class AuditReceiptShape(TypedDict):
    """The bank's signed promise that its audit log holds the record of a transaction, and what it says."""

    receipt: Annotated[
        str,
        Doc(
            description="The promise as a compact JWS",
            example="eyJhbGciOiJFZERTQSJ9.eyJhdWRpdElkIjoiMDE5YyJ9.c2lnbmF0dXJl",
        ),
    ]
    auditId: members.EventId
    leafHash: members.Hash
    postedAt: members.Instant


def present_receipt(receipt: Receipt) -> ReceiptShape:
    """The transaction, with the numbers and names of the viewer's accounts."""
    return {
        **present_transaction(receipt.view),
        "accounts": [
            {"accountId": str(account.id), "number": account.number, "name": account.name}
            for account in receipt.accounts.values()
        ],
        "issuedAt": render_instant(receipt.issued_at),
    }


def present_audit_receipt(receipt: AuditReceipt) -> AuditReceiptShape:
    """The receipt, and what it promises."""
    return {
        "receipt": receipt.signed,
        "auditId": str(receipt.event_id),
        "leafHash": receipt.leaf_hash.hex(),
        "postedAt": render_instant(receipt.posted_at),
    }
