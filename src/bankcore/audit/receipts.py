"""Audit receipts: the bank's signed promise, given with a posting, that its log holds the posting's record."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bankcore.identifiers import EventId
from bankcore.ledger.transactions import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditReceipt:
    """The signed promise, and what it promises: which record the log holds, and as which leaf.

    Its holder can show later that the record was removed, even before it was sealed.
    """

    signed: str
    event_id: EventId
    leaf_hash: bytes
    posted_at: datetime


@dataclass(frozen=True, slots=True)
class ReceiptJwks:
    """The public keys that receipts are signed with, also those before a rotation, as a JWK set (RFC 7517)."""

    keys: Sequence[Mapping[str, str]]


class AuditReceipts(Protocol):
    """Gives receipts for committed transactions; every receipt for a transaction promises the same."""

    @abstractmethod
    def get_receipt(self, transaction: Transaction) -> AuditReceipt:
        """The receipt for the transaction.

        Raises:
            UnavailableError: the record cannot be read now.
            LedgerInvariantError: the log has no record of it.
        """

    @abstractmethod
    def find_receipt(self, transaction: Transaction) -> AuditReceipt | None:
        """The receipt, or None if it cannot be given at once.

        Never raises: money has moved, and the answer that tells so must not be lost because a receipt fails.
        """
