"""Batches in memory: the real use case, on the books of a bank that vanish with the test."""

from collections.abc import Mapping, Sequence

from bankcore.batches.ports import BatchUnit
from bankcore.batches.post_batch import PostBatch
from bankcore.identifiers import TransactionId
from bankcore.ledger.transactions import Transaction
from bankcore.testing.bank import InMemoryBank
from bankcore.testing.unit_of_work import InMemoryLedgerUnit
from bankcore.testing.units import InMemoryUnit, InMemoryUnits


class InMemoryBatchUnit(InMemoryUnit, BatchUnit):
    """The books of one tenant inside one unit of work, on a draft."""

    def __init__(self, ledger_unit: InMemoryLedgerUnit, bank: InMemoryBank) -> None:
        super().__init__(ledger_unit, bank)
        self._books = ledger_unit.draft

    def find_transactions(self, transaction_ids: Sequence[TransactionId]) -> Mapping[TransactionId, Transaction]:
        return {each: self._books.transactions[each] for each in transaction_ids if each in self._books.transactions}


def in_memory_batches(bank: InMemoryBank) -> PostBatch:
    """What carries out batches of the tenant of that bank."""
    return PostBatch(units=InMemoryUnits(bank, lambda unit: InMemoryBatchUnit(unit, bank)), ledger=bank.ledger)
