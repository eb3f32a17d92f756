"""What approvals need from outside: one unit of work with the ledger in it, and queries."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from bankcore.approvals.approvals import Approval, ApprovalId, ApprovalStatus
from bankcore.idempotency.ports import UnitOfWork, Units
from bankcore.identifiers import AccountId, TransactionId
from bankcore.ledger.accounts import Account
from bankcore.ledger.service import LedgerService
from bankcore.ledger.transactions import Transaction


class ApprovalUnit(UnitOfWork, Protocol):
    """Approvals of one tenant inside one unit of work, and the ledger in the same one."""

    @property
    @abstractmethod
    def ledger(self) -> LedgerService:
        """The ledger in this unit of work: its commands are committed with the rest."""

    @abstractmethod
    def new_id(self) -> UUID:
        """A new id; later ones sort after earlier ones."""

    @abstractmethod
    def find_account(self, account_id: AccountId) -> Account | None:
        """The account with that id."""

    @abstractmethod
    def find_transaction(self, transaction_id: TransactionId) -> Transaction | None:
        """The transaction with that id."""

    @abstractmethod
    def add_approval(self, approval: Approval) -> None:
        """Add a pending approval."""

    @abstractmethod
    def find_approval(self, approval_id: ApprovalId) -> Approval | None:
        """The approval as it is when this unit of work began."""

    @abstractmethod
    def lock_approval(self, approval_id: ApprovalId) -> Approval | None:
        """Lock the approval until this unit of work ends, and return it as it is now."""

    @abstractmethod
    def end_approval(self, approval: Approval) -> None:
        """Write how the approval ended, which this unit of work locked while it was pending."""


ApprovalUnits = Units[ApprovalUnit]


class ApprovalQueries(Protocol):
    """Reads of one tenant's approvals. One whose time is over is shown as expired from that moment on."""

    @abstractmethod
    def get_approval(self, approval_id: ApprovalId, *, requested_by: str | None = None) -> Approval:
        """The approval, if that person requested it. Raises: NotFoundError."""

    @abstractmethod
    def list_approvals(
        self,
        *,
        requested_by: str | None = None,
        status: ApprovalStatus | None = None,
        before: ApprovalId | None = None,
        limit: int,
    ) -> Sequence[Approval]:
        """The approvals, latest first, requested before the given one."""
