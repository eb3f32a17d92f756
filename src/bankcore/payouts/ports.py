"""What payouts need from outside: one unit of work over jobs and items with the ledger in it, and queries."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Protocol
from uuid import UUID

from bankcore.idempotency.ports import UnitOfWork, Units
from bankcore.identifiers import AccountId
from bankcore.ledger.service import LedgerService
from bankcore.payouts.jobs import PayoutItem, PayoutItemStatus, PayoutJob, PayoutJobId
from bankcore.payouts.rows import NamedAccounts, Payee


class PayoutUnit(UnitOfWork, Protocol):
    """Payout jobs of one tenant inside one unit of work, and the ledger in the same one."""

    @property
    @abstractmethod
    def ledger(self) -> LedgerService:
        """The ledger in this unit of work: its commands are committed with the rest."""

    @abstractmethod
    def find_payer(self, account_id: AccountId) -> Payee | None:
        """The account with that id."""

    @abstractmethod
    def find_payees(self, named: NamedAccounts) -> Mapping[UUID | str, Payee]:
        """Those of the named accounts that exist, each by the id or the number that it was named by."""

    @abstractmethod
    def add_job(self, job: PayoutJob, items: Sequence[PayoutItem]) -> None:
        """Add a new job with its items; it is due at once."""

    @abstractmethod
    def find_job(self, job_id: PayoutJobId) -> PayoutJob | None:
        """The job with that id."""

    @abstractmethod
    def lock_job(self, job_id: PayoutJobId) -> PayoutJob | None:
        """Lock the job until this unit of work ends, and return it as it is now.

        Raises:
            UnavailableError: another unit of work held it for too long.
        """

    @abstractmethod
    def lock_due_job(self) -> PayoutJob | None:
        """Lock the running job that is due for longest, of those that no other unit of work has locked."""

    @abstractmethod
    def next_items(self, job: PayoutJob, limit: int) -> Sequence[PayoutItem]:
        """The first unpaid items behind the checkpoint, in their order."""

    @abstractmethod
    def settle_items(self, job: PayoutJob, items: Sequence[PayoutItem]) -> None:
        """Write what became of these unpaid items."""

    @abstractmethod
    def reopen_failed(self, job: PayoutJob) -> int:
        """Make the failed items unpaid again. Returns the place of the first of them."""

    @abstractmethod
    def update_job(self, job: PayoutJob, *, due_in: timedelta = timedelta()) -> None:
        """Write how a locked job stands now; if it runs, it is due again after that time, behind all that are due."""


PayoutUnits = Units[PayoutUnit]
"""Runs a piece of the work of payouts in a unit of work of its own."""


class PayoutQueries(Protocol):
    """Reads of one tenant's jobs; `owner_id` hides those of other owners, None is for staff and services."""

    @abstractmethod
    def get_job(self, job_id: PayoutJobId, *, owner_id: str | None = None) -> PayoutJob:
        """The job as it is now. Raises: NotFoundError."""

    @abstractmethod
    def list_jobs(
        self, *, owner_id: str | None = None, before: PayoutJobId | None = None, limit: int
    ) -> Sequence[PayoutJob]:
        """The jobs, the latest first, from just before the given one."""

    @abstractmethod
    def list_items(
        self,
        job_id: PayoutJobId,
        *,
        owner_id: str | None = None,
        status: PayoutItemStatus | None = None,
        after: int = 0,
        limit: int,
    ) -> Sequence[PayoutItem]:
        """The items of the job in their order, from just after that place. Raises: NotFoundError."""
