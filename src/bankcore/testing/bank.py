"""A whole bank of one tenant in memory: the real rules, on books that vanish with the test."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from bankcore.events.stamps import Event
from bankcore.holds.service import HoldService
from bankcore.identifiers import TenantId
from bankcore.ledger.account_service import AccountService
from bankcore.ledger.enclosed_books import EnclosedBooks
from bankcore.testing.books import InMemoryBooks
from bankcore.testing.clock import FrozenClock
from bankcore.testing.holds import InMemoryHoldQueries
from bankcore.testing.identifiers import SequentialIdentifiers
from bankcore.testing.invariants import BooksSnapshot
from bankcore.testing.ledger import InMemoryAioBooks, InMemoryLedger, enclosed
from bankcore.testing.queries import InMemoryLedgerQueries
from bankcore.testing.unit_of_work import InMemoryUnitsOfWork

TENANT_ID: Final = TenantId(UUID("019c1406-3400-7000-8000-000000000000"))
"""The tenant of every bank that is asked for without naming one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InMemoryBank:
    """What a tenant of a real bank offers, and what a test controls: clock, books, disturbances."""

    tenant_id: TenantId
    clock: FrozenClock
    ids: SequentialIdentifiers
    books: InMemoryBooks
    units: InMemoryUnitsOfWork
    queries: InMemoryLedgerQueries
    ledger: InMemoryLedger
    accounts: AccountService
    holds: HoldService

    @property
    def aio(self) -> InMemoryAioBooks:
        """The same ledger, accounts and queries for asyncio."""
        return InMemoryAioBooks(self)

    def using(self, _connection: object) -> EnclosedBooks:
        """The same books, whatever the connection is: what is posted stays, also where the caller rolls back."""
        return enclosed(self)

    @property
    def events(self) -> tuple[Event, ...]:
        """Every event of every committed unit of work, in order."""
        return tuple(self.books.events)

    def snapshot(self) -> BooksSnapshot:
        """Every account with all its entries, for the functions of `bankcore.testing.invariants`."""
        return self.books.snapshot()


def in_memory_bank(tenant_id: TenantId = TENANT_ID, *, clock: FrozenClock | None = None) -> InMemoryBank:
    """A new, empty bank. Two banks that get the same commands give the same ids, instants and hashes."""
    clock, ids, books = clock or FrozenClock(), SequentialIdentifiers(), InMemoryBooks()
    units = InMemoryUnitsOfWork(books, clock)
    queries = InMemoryLedgerQueries(books, clock)
    ledger = InMemoryLedger(tenant_id, units, ids)
    return InMemoryBank(
        tenant_id=tenant_id,
        clock=clock,
        ids=ids,
        books=books,
        units=units,
        queries=queries,
        ledger=ledger,
        accounts=AccountService(ledger, queries),
        holds=HoldService(ledger, InMemoryHoldQueries(books, clock, queries)),
    )
