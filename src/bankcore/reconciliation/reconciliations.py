"""Reconciliations: the books compared with themselves, and what did not fit; nothing is ever repaired by them."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NewType, Protocol
from uuid import UUID

from bankcore.idempotency.answers import Accepted
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
    def request_run(self, *, origin: Origin, idempotency_key: str | None = None) -> Accepted[datetime]:
        """Have the books reconciled as soon as a worker is free. Returns when this was asked for.

        The audit log records who asked, and a refusal too.

        Raises:
            IdempotencyKeyReusedError: the key was used for something else.
            IdempotencyInProgressError: the first request with the key is still running.
        """
