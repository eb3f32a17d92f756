"""Refunds as they stand. What ended stays as it ended."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import accumulate
from typing import Final, NewType
from uuid import UUID

from bankcore.errors import LedgerInvariantError
from bankcore.identifiers import AccountId, HoldId, TransactionId
from bankcore.money import Money
from bankcore.payments.payments import ASKED_AFTER, PaymentId

PaymentRefundId = NewType("PaymentRefundId", UUID)

REFUND_ASKED_AFTER: Final = (*ASKED_AFTER, *(timedelta(days=1),) * 9)
"""As of payments, and then each day for two weeks: banks take up to ten working days to give money back."""


class RefundStage(StrEnum):
    """Where a refund stands."""

    SENT = "sent"
    """The order may have left; the provider has not said how it ended."""
    PROCESSING = "processing"
    """The provider took it, and works on it."""
    UNKNOWN = "unknown"
    """There was no answer that says anything. Only asking settles it."""
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    """Nothing was given back, and nothing will be."""

    @property
    def is_over(self) -> bool:
        """Whether it stays so."""
        return not _NEXT[self]


_ENDS: Final = frozenset({RefundStage.SUCCEEDED, RefundStage.FAILED})
_NEXT: Final[Mapping[RefundStage, frozenset[RefundStage]]] = {
    RefundStage.SENT: frozenset({RefundStage.PROCESSING, RefundStage.UNKNOWN}) | _ENDS,
    RefundStage.PROCESSING: _ENDS,
    RefundStage.UNKNOWN: frozenset({RefundStage.PROCESSING}) | _ENDS,
    **{end: frozenset() for end in _ENDS},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentRefund:
    """An order to give money of a payment back; its id is our reference at the provider.

    As long as it is not over, the hold keeps the money on the merchant's account.
    """

    id: PaymentRefundId
    payment_id: PaymentId
    account_id: AccountId
    """The merchant's, which gives the money."""
    clearing_id: AccountId
    """Ours, which gets it: the provider then owes that much less."""
    hold_id: HoldId
    owner_id: str
    amount: Money
    reason: str
    created_at: datetime
    stage: RefundStage = RefundStage.SENT
    provider_id: str | None = None
    code: str | None = None
    """Why it failed, in the provider's word."""
    transaction_id: TransactionId | None = None
    ended_at: datetime | None = None
    asked_at: datetime | None = None
    due_at: datetime | None = None
    """When the provider is asked next."""
    review_since: datetime | None = None
    """Since when a person has to look at it."""
    problem: str | None = None

    @property
    def reference(self) -> str:
        """Under what the provider knows it."""
        return str(self.id)

    def is_shown_to(self, owner_id: str | None) -> bool:
        """Whether that owner may see it; None sees all."""
        return owner_id in {None, self.owner_id}

    def can_become(self, stage: RefundStage) -> bool:
        """Whether that may follow."""
        return stage in _NEXT[self.stage]

    def moved(self, stage: RefundStage, at: datetime) -> "PaymentRefund":
        """The refund in that stage. Raises: LedgerInvariantError: it cannot follow."""
        if not self.can_become(stage):
            raise LedgerInvariantError(f"refund {self.id} was {self.stage}, and was to be {stage}")
        if not stage.is_over:
            return replace(self, stage=stage)
        return replace(self, stage=stage, ended_at=at, due_at=None, problem=None, review_since=None)

    def asked_again(self, at: datetime) -> "PaymentRefund":
        """The refund when its provider is asked: when it is due the next time, or handed to a person."""
        times = [self.created_at + after for after in accumulate(REFUND_ASKED_AFTER)]
        due_at = None if self.stage.is_over else min((time for time in times if time > at), default=None)
        is_persons = due_at is None and not self.stage.is_over
        since = self.review_since or (at if is_persons else None)
        return replace(self, asked_at=at, due_at=due_at, review_since=since)

    def reviewed(self) -> "PaymentRefund":
        """The refund when a person has looked at it, and nothing is open any more."""
        return replace(self, problem=None, review_since=None)

    def doubted(self, problem: str, at: datetime) -> "PaymentRefund":
        """The refund with something that a person has to look at."""
        return replace(self, problem=problem, review_since=self.review_since or at)
