"""The order in which records became final: the one thing that event feed, relay and sealer have to agree on."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol
from uuid import UUID


class CommitPosition(NamedTuple):
    """A place in commit order: the number of the database transaction, and the record's id within it."""

    transaction: int
    record_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class FinalRecord:
    """A record of the audit log that no earlier one can join any more."""

    position: CommitPosition
    action: str
    account_ids: Sequence[UUID]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class FinalBatch:
    """Records in commit order; every record of a transaction from the asked one up to `upto` is among them.

    `has_more` says that there are final records from `upto` on already.
    """

    records: Sequence[FinalRecord]
    upto: int
    has_more: bool


class CommitOrder(Protocol):
    """Reads one tenant's audit log in commit order. What was read once never changes, and nothing comes before it."""

    @abstractmethod
    def horizon(self) -> int:
        """The number below which every transaction has ended, and no later one begins."""

    @abstractmethod
    def read_batch(self, start: int, *, limit: int) -> FinalBatch:
        """The final records of transactions from `start` on: about `limit`, and always whole transactions."""
