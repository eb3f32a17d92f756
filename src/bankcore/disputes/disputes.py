"""Disputes as they stand. What ended stays as it ended; what was booked stays booked."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple, NewType
from uuid import UUID

from bankcore.errors import LedgerInvariantError
from bankcore.identifiers import AccountId, TransactionId
from bankcore.money import Money
from bankcore.payments.configurations import ProviderConfigId
from bankcore.payments.payments import PaymentId

PaymentDisputeId = NewType("PaymentDisputeId", UUID)

ASKED_EVERY: Final = timedelta(days=1)
ASKED_FOR: Final = timedelta(days=200)
"""How long an open dispute is asked for: the rules of cards end one within half a year."""
ASKED_AFTER_END: Final = timedelta(days=14)
"""How long the provider may take to move the money of one that ended."""


class DisputeStatus(StrEnum):
    """Where a dispute stands."""

    NEEDS_RESPONSE = "needs_response"
    """The merchant may answer, where the bank logs in at the provider."""
    UNDER_REVIEW = "under_review"
    WON = "won"
    LOST = "lost"

    @property
    def is_over(self) -> bool:
        """Whether it stays so."""
        return self in {DisputeStatus.WON, DisputeStatus.LOST}


class DisputeMovement(NamedTuple):
    """Money that was booked for a dispute."""

    amount: Money
    fee: Money
    account_id: AccountId
    """Who paid or got it: the merchant's account, or ours for what merchants owe."""
    transaction_id: TransactionId

    @property
    def whole(self) -> Money:
        """The amount with its fee."""
        return self.amount + self.fee


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentDispute:
    """A dispute about a payment, known by the id that its provider gave."""

    id: PaymentDisputeId
    payment_id: PaymentId
    config_id: ProviderConfigId
    provider_id: str
    account_id: AccountId
    """The merchant's."""
    owner_id: str
    amount: Money
    created_at: datetime
    """When we came to know of it."""
    status: DisputeStatus = DisputeStatus.NEEDS_RESPONSE
    reason: str | None = None
    """In the provider's word."""
    respond_by: datetime | None = None
    withdrawn: DisputeMovement | None = None
    reinstated: DisputeMovement | None = None
    collection_id: TransactionId | None = None
    """The transaction by which the merchant's account paid what ours had paid in its place."""
    ended_at: datetime | None = None
    asked_at: datetime | None = None
    due_at: datetime | None = None
    """When the provider is asked next."""
    review_since: datetime | None = None
    """Since when a person has to look at it."""
    problem: str | None = None

    def is_shown_to(self, owner_id: str | None) -> bool:
        """Whether that owner may see it; None sees all."""
        return owner_id in {None, self.owner_id}

    @property
    def owed(self) -> Money:
        """What our account paid in the merchant's place, and has not got back."""
        taken, back = self.withdrawn, self.reinstated
        if taken is None or taken.account_id == self.account_id or self.collection_id is not None:
            return Money.zero(self.amount.currency)
        return taken.whole if back is None else taken.whole - back.whole

    @property
    def is_owed(self) -> bool:
        """Whether the merchant owes us something for it."""
        return self.owed.minor > 0

    @property
    def is_kept(self) -> bool:
        """Whether what came back is the merchant's, and stayed with us because the merchant's account took nothing."""
        taken, back, paid_by = self.withdrawn, self.reinstated, self.collection_id
        if taken is None or back is None or back.account_id == self.account_id:
            return False
        # Ids sort by time: what was collected later is only what had not come back.
        return taken.account_id == self.account_id or (paid_by is not None and paid_by < back.transaction_id)

    @property
    def is_settled(self) -> bool:
        """Whether nothing more is expected of its provider or of the merchant."""
        is_back = self.withdrawn is None or self.reinstated is not None
        is_where_it_stays = is_back if self.status is DisputeStatus.WON else self.withdrawn is not None
        return self.status.is_over and is_where_it_stays and not self.is_owed

    def moved(self, status: DisputeStatus, at: datetime) -> "PaymentDispute":
        """The dispute in that status. Raises: LedgerInvariantError: it has ended."""
        if self.status.is_over:
            raise LedgerInvariantError(f"dispute {self.id} was {self.status}, and was to be {status}")
        return replace(self, status=status, ended_at=at if status.is_over else None)

    def asked_again(self, at: datetime) -> "PaymentDispute":
        """The dispute when its provider is asked: when it is due the next time, if ever."""
        until = self.created_at + ASKED_FOR if self.ended_at is None else self.ended_at + ASKED_AFTER_END
        due_at = at + ASKED_EVERY
        return replace(self, asked_at=at, due_at=due_at if due_at <= until else None)

    def doubted(self, problem: str | None, at: datetime) -> "PaymentDispute":
        """The dispute with what a person has to look at, or without it."""
        return replace(self, problem=problem, review_since=None if problem is None else self.review_since or at)
