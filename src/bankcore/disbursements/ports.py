"""What disbursements need from outside: one unit of work with the ledger in it, and queries."""

from abc import abstractmethod
from collections.abc import Collection, Sequence
from typing import Protocol

from bankcore.disbursements.disbursements import Disbursement, DisbursementId, DisbursementStatus
from bankcore.idempotency.ports import UnitOfWork, Units
from bankcore.ledger.service import LedgerService
from bankcore.payments.configurations import ProviderConfigId
from bankcore.providers.payouts import PayoutDestination


class DisbursementUnit(UnitOfWork, Protocol):
    """Disbursements of one tenant inside one unit of work, and the ledger in the same one."""

    @property
    @abstractmethod
    def ledger(self) -> LedgerService:
        """The ledger in this unit of work: its commands are committed with the rest."""

    @abstractmethod
    def add_disbursement(self, disbursement: Disbursement, destination: PayoutDestination) -> None:
        """Add a new one, and keep its destination encrypted."""

    @abstractmethod
    def find_disbursement(self, disbursement_id: DisbursementId) -> Disbursement | None:
        """The disbursement with that id."""

    @abstractmethod
    def get_destination(self, disbursement_id: DisbursementId) -> PayoutDestination:
        """Where that one goes, for the provider and for nobody else. Raises: LedgerInvariantError: it is not there."""

    @abstractmethod
    def lock_disbursement(self, disbursement_id: DisbursementId) -> Disbursement | None:
        """Lock the disbursement until this unit of work ends, and return it as it is now.

        Raises:
            UnavailableError: another unit of work held it for too long.
        """

    @abstractmethod
    def lock_due_disbursement(self, *, passing_over: Collection[ProviderConfigId]) -> Disbursement | None:
        """Lock the one that is due for longest, of those that nobody else has locked and that are at none of these
        configurations.
        """

    @abstractmethod
    def update_disbursement(self, disbursement: Disbursement) -> None:
        """Write how a locked one stands now."""


DisbursementUnits = Units[DisbursementUnit]


class DisbursementQueries(Protocol):
    """Reads of one tenant's disbursements; `owner_id` hides those of other owners, None is for staff and services."""

    @abstractmethod
    def get_disbursement(self, disbursement_id: DisbursementId, *, owner_id: str | None = None) -> Disbursement:
        """The disbursement as it is now. Raises: NotFoundError."""

    @abstractmethod
    def list_disbursements(
        self,
        *,
        owner_id: str | None = None,
        status: DisbursementStatus | None = None,
        before: DisbursementId | None = None,
        limit: int,
    ) -> Sequence[Disbursement]:
        """The disbursements, the latest first, from just before the given one."""

    @abstractmethod
    def list_in_review(self, *, limit: int) -> Sequence[Disbursement]:
        """Those that a person has to look at, of all owners, first those that wait for longest."""
