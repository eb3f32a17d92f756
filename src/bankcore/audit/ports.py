"""The sealed log for auditors: its checkpoints, and proofs that a record is in it."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bankcore.identifiers import EventId


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedState:
    """A checkpoint as it is shown: the signed note, and what it says."""

    size: int
    root: bytes
    era: int
    at: datetime
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InclusionProof:
    """The proof that a record is in the log (RFC 9162): its leaf, and the hashes from there to the checkpoint's
    root.
    """

    event_id: EventId
    leaf_index: int
    leaf_hash: bytes
    path: Sequence[bytes]
    checkpoint: SealedState


class SealedLog(Protocol):
    """Reads of one tenant's sealed log."""

    @abstractmethod
    def list_checkpoints(self, *, before_size: int | None = None, limit: int) -> Sequence[SealedState]:
        """The checkpoints, latest first, from just before the one of that size."""

    @abstractmethod
    def get_latest_checkpoint(self) -> SealedState:
        """The latest checkpoint.

        Raises:
            NotFoundError: nothing was sealed so far.
        """

    @abstractmethod
    def prove_inclusion(self, event_id: EventId) -> InclusionProof:
        """The proof that the record is in the log, up to the latest checkpoint.

        Raises:
            NotFoundError: there is no such record, or it is not sealed yet.
        """
