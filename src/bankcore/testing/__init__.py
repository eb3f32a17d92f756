"""The test kit: a bank in memory, what must hold of its books, and strategies for Hypothesis.

    from bankcore import Money
    from bankcore.testing import in_memory_bank, require_sound_books

    bank = in_memory_bank()
    alice = bank.accounts.open(currency="NPR", owner_id="alice")
    bank.ledger.deposit(alice.id, Money.of("1000.00", "NPR"), idempotency_key="salary-2026-01")
    bank.clock.advance(timedelta(hours=24))
    require_sound_books(bank.snapshot())

`in_memory_bank` has the rules, outcomes and refusals of a bank with a database; one contract suite holds both to it.
Its ids, instants and hashes are the same in every run. `bank.clock` moves time, `bank.units.holding_key(...)` keeps a
key busy as another unit of work would, `bank.units.disturb_next(...)` sends a deadlock, an outage or a lost commit,
`bank.books.change_status(...)` freezes or closes an account, and `bank.events` has all that was published.

`BooksSnapshot` and the functions `require_...` also work on a bank with a database, through `read_books`. The
strategies are in `bankcore.testing.strategies`, which alone needs Hypothesis to be installed.
"""

from bankcore.testing.audit import InMemoryAttemptLog, InMemoryAuditLog
from bankcore.testing.audit_receipts import InMemoryAuditReceipts
from bankcore.testing.bank import InMemoryBank, in_memory_bank
from bankcore.testing.books import InMemoryBooks
from bankcore.testing.clock import FrozenClock
from bankcore.testing.fx import InMemoryFx, InMemoryRates, in_memory_fx
from bankcore.testing.identifiers import SequentialIdentifiers
from bankcore.testing.invariants import (
    BooksSnapshot,
    read_books,
    require_balances_match,
    require_chains,
    require_dense_sequences,
    require_floors,
    require_sound_books,
    require_time_order,
    require_zero_sum,
)
from bankcore.testing.queries import InMemoryLedgerQueries
from bankcore.testing.unit_of_work import Disturbance, InMemoryUnitsOfWork

__all__ = [
    "BooksSnapshot",
    "Disturbance",
    "FrozenClock",
    "InMemoryAttemptLog",
    "InMemoryAuditLog",
    "InMemoryAuditReceipts",
    "InMemoryBank",
    "InMemoryBooks",
    "InMemoryFx",
    "InMemoryLedgerQueries",
    "InMemoryRates",
    "InMemoryUnitsOfWork",
    "SequentialIdentifiers",
    "in_memory_bank",
    "in_memory_fx",
    "read_books",
    "require_balances_match",
    "require_chains",
    "require_dense_sequences",
    "require_floors",
    "require_sound_books",
    "require_time_order",
    "require_zero_sum",
]
