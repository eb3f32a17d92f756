"""Approvals as they stand: what is wanted, by whom, until when, and how it ended."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NewType, Self
from uuid import UUID

from bankcore.errors import InvalidStateError
from bankcore.identifiers import AccountId, TransactionId
from bankcore.ledger.commands import Transfer, Withdraw
from bankcore.ledger.reversals import ReverseTransaction
from bankcore.money import Money

APPROVAL_LIFETIME: Final = timedelta(hours=24)
"""How long an approval waits for a second person."""

ApprovalId = NewType("ApprovalId", UUID)
Approvable = Transfer | Withdraw | ReverseTransaction
"""What a second person can approve."""


class ApprovalStatus(StrEnum):
    """Whether it still waits, and how it ended. One that expired is stored as pending, and never shown so."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """Who ended an approval, when, and why; the reason is that of a rejection."""

    by: str
    at: datetime
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """A movement that waits for a second person, or waited. `owner_id` limits it to what the first one may do.

    `account_ids` are the accounts that it names, the debited one first; `amount` is what it moves, and None where it
    moves several currencies.
    """

    id: ApprovalId
    command: Approvable
    amount: Money | None
    account_ids: tuple[AccountId, ...]
    requested_by: str
    owner_id: str | None
    requested_at: datetime
    expires_at: datetime
    status: ApprovalStatus = ApprovalStatus.PENDING
    ending: Ending | None = None
    transaction_id: TransactionId | None = None

    def as_of(self, instant: datetime) -> Self:
        """How it stands then: one that still waits has expired once its time is over."""
        is_over = self.status is ApprovalStatus.PENDING and self.expires_at <= instant
        return replace(self, status=ApprovalStatus.EXPIRED) if is_over else self

    def is_shown_to(self, person: str | None) -> bool:
        """Whether that person requested it; None stands for whoever may see all of them."""
        return person in {None, self.requested_by}

    def require_pending(self) -> None:
        """Require that it waits. Raises: InvalidStateError: it ended, or has expired."""
        if self.status is not ApprovalStatus.PENDING:
            raise InvalidStateError(resource="approval", identifier=str(self.id), state=self.status)

    def ended(self, status: ApprovalStatus, ending: Ending, transaction_id: TransactionId | None = None) -> Self:
        """The approval with its end. Raises: InvalidStateError: it ended before, or has expired."""
        self.require_pending()
        return replace(self, status=status, ending=ending, transaction_id=transaction_id)
