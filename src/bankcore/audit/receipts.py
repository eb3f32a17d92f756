"""Audit receipts: the bank's signed promise, given with a posting, that its log holds the record of it."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bankcore.identifiers import EventId
from bankcore.ledger.transactions import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditReceipt:
    """The signed promise, and what it says: which record the log holds, and the leaf that the record will be there.

    Whoever keeps it can show later that the record was taken away, even if it was never sealed.
    """

    signed: str
    event_id: EventId
    leaf_hash: bytes
    posted_at: datetime


@dataclass(frozen=True, slots=True)
class ReceiptJwks:
    """The public keys that receipts are signed with, of before a rotation too, as a JWK set has them (RFC 7517)."""

    keys: Sequence[Mapping[str, str]]


class AuditReceipts(Protocol):
    """Gives receipts for transactions that are committed; every receipt for one of them promises the same."""

    @abstractmethod
    def get_receipt(self, transaction: Transaction) -> AuditReceipt:
        """The receipt for the transaction.

        Raises:
            UnavailableError: the record cannot be read now.
            LedgerInvariantError: the log has no record of it.
        """

    @abstractmethod
    def find_receipt(self, transaction: Transaction) -> AuditReceipt | None:
        """The receipt, or None if it cannot be had at once, for whatever reason.

        Never raises: money has moved, and an answer that says so must not be lost for want of a receipt.
        """
