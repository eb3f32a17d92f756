"""Audit receipts of a bank in memory, for tests of code that asks for one."""

from collections.abc import Callable, Sequence

from bankcore.audit.merkle import leaf_hash
from bankcore.audit.receipts import AuditReceipt, AuditReceipts
from bankcore.errors import LedgerInvariantError, UnavailableError
from bankcore.events.stamps import Event
from bankcore.ledger.events import TransactionPosted
from bankcore.ledger.transactions import Transaction


class InMemoryAuditReceipts(AuditReceipts):
    """Unsigned receipts for the transactions of these events. `is_out_of_reach` lets reads fail from now on."""

    def __init__(self, events: Callable[[], Sequence[Event]]) -> None:
        self._events = events
        self.is_out_of_reach = False

    def get_receipt(self, transaction: Transaction) -> AuditReceipt:
        """The receipt; UnavailableError, LedgerInvariantError."""
        if self.is_out_of_reach:
            raise UnavailableError
        receipt = self._receipt_for(transaction)
        if receipt is None:
            raise LedgerInvariantError(f"no record of transaction {transaction.id}")
        return receipt

    def find_receipt(self, transaction: Transaction) -> AuditReceipt | None:
        return None if self.is_out_of_reach else self._receipt_for(transaction)

    def _receipt_for(self, transaction: Transaction) -> AuditReceipt | None:
        for event in self._events():
            if isinstance(event, TransactionPosted) and event.transaction.id == transaction.id:
                return AuditReceipt(
                    signed=f"unsigned.{event.stamp.id}.receipt",
                    event_id=event.stamp.id,
                    leaf_hash=leaf_hash(event.stamp.id.bytes),
                    posted_at=event.transaction.posted_at,
                )
        return None
