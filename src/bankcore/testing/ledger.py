"""InMemoryLedger: the ledger as callers have it, with the ways into a transaction of their own."""

from bankcore.ledger.aio import AioBooks, AioLedger, TenantBooks
from bankcore.ledger.enclosed_books import EnclosedBooks
from bankcore.ledger.service import LedgerService
from bankcore.testing.tasks import run_for_task


class InMemoryAioLedger(AioLedger):
    """`InMemoryLedger`, awaited."""

    def using(self, _connection: object) -> AioLedger:
        """As `InMemoryLedger.using`."""
        return self


class InMemoryLedger(LedgerService):
    """The ledger in memory."""

    @property
    def aio(self) -> InMemoryAioLedger:
        """The same ledger for asyncio."""
        return InMemoryAioLedger(lambda: self, run_for_task)

    def using(self, _connection: object) -> LedgerService:
        """The same ledger, whatever the connection is: what is posted stays, also where the caller rolls back."""
        return self


class InMemoryAioBooks(AioBooks):
    """The books in memory, awaited."""

    def __init__(self, books: TenantBooks) -> None:
        super().__init__(lambda: books, run_for_task)

    def using(self, _connection: object) -> AioBooks:
        """As `InMemoryBank.using`."""
        return self


def enclosed(books: TenantBooks) -> EnclosedBooks:
    """The same books, as a caller gets them for a transaction of his own."""
    return EnclosedBooks(ledger=books.ledger, accounts=books.accounts, queries=books.queries)
