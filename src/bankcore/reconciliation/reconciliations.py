"""Reconciliations: the books compared with themselves, and what did not fit; nothing is ever repaired by them."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NewType, Protocol
from uuid import UUID

from bankcore.ledger.verification import Finding
from bankcore.origin import Origin

ReconciliationId = NewType("ReconciliationId", UUID)
DRIFTS_SHOWN_MAX: Final = 1_000
"""How many drifts of a run are shown at once; their number is always told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconciliationRun:
    """A finished run: how many accounts had changed, how many entries were new, how much did not fit."""

    id: ReconciliationId
    started_at: datetime
    finished_at: datetime
    accounts: int
    entries: int
    drifts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconciliationRequest:
    """That a run was asked for, and whether this key had asked for it before."""

    requested_at: datetime
    is_replay: bool


class Reconciliations(Protocol):
    """The reconciliations of one tenant."""

    @abstractmethod
    def list_runs(self, *, before: ReconciliationId | None = None, limit: int) -> Sequence[ReconciliationRun]:
        """The finished runs, the newest first, from just before that one on."""

    @abstractmethod
    def get_run(self, run_id: ReconciliationId) -> tuple[ReconciliationRun, Sequence[Finding]]:
        """That run, and its first thousand drifts.

        Raises:
            NotFoundError: there is no such run.
        """

    @abstractmethod
    def request_run(self, *, origin: Origin, idempotency_key: str | None = None) -> ReconciliationRequest:
        """Have the books reconciled as soon as a worker is free; who asked is recorded in the audit log.

        Raises:
            IdempotencyKeyReusedError: the key was used for something else.
            IdempotencyInProgressError: the first request with the key is still running.
        """
