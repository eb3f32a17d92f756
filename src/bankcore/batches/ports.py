"""What batches need: a unit of work with the ledger in it, and recorded transactions."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Protocol

from bankcore.idempotency.ports import UnitOfWork, Units
from bankcore.identifiers import TransactionId
from bankcore.ledger.service import LedgerService
from bankcore.ledger.transactions import Transaction


class BatchUnit(UnitOfWork, Protocol):
    """One unit of work of a tenant, with the ledger in it."""

    @property
    @abstractmethod
    def ledger(self) -> LedgerService:
        """The ledger in this unit of work: its commands are committed with the rest."""

    @abstractmethod
    def find_transactions(self, transaction_ids: Sequence[TransactionId]) -> Mapping[TransactionId, Transaction]:
        """The recorded transactions with these ids; an unknown one is left out."""


BatchUnits = Units[BatchUnit]
"""Runs a batch in a unit of work of its own."""
