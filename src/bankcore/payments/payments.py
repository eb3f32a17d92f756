"""Payments as merchants see them, over the attempts at providers."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import accumulate
from typing import Final, NewType
from uuid import UUID

from bankcore.errors import InvalidStateError, LedgerInvariantError
from bankcore.identifiers import AccountId, TransactionId
from bankcore.money import Money
from bankcore.payments.attempts import AttemptStatus, PaymentAttempt
from bankcore.payments.captures import CaptureMethod, PaymentCapture
from bankcore.providers.orders import ChargeLookup

PaymentId = NewType("PaymentId", UUID)

PAYMENT_LIFETIME: Final = timedelta(days=1)
ASKED_AFTER: Final = (timedelta(minutes=5), timedelta(hours=1), *(timedelta(days=1),) * 5)
"""When a provider is asked what became of an order: after the first of these, then after the next, and so on."""


class PaymentStatus(StrEnum):
    """Where a payment stands."""

    PENDING = "pending"
    PROCESSING = "processing"
    REQUIRES_ACTION = "requires_action"
    REQUIRES_CAPTURE = "requires_capture"
    """The payer's bank keeps the amount, and the merchant has to say whether to take it."""
    COMPLETED = "completed"
    FAILED = "failed"
    CALLED_OFF = "canceled"
    EXPIRED = "expired"

    @property
    def is_over(self) -> bool:
        """Whether it stays so."""
        return not _NEXT[self]


_NEXT: Final[Mapping[PaymentStatus, frozenset[PaymentStatus]]] = {
    PaymentStatus.PENDING: frozenset({PaymentStatus.PROCESSING, PaymentStatus.CALLED_OFF, PaymentStatus.EXPIRED}),
    PaymentStatus.PROCESSING: frozenset(
        {
            *(PaymentStatus.REQUIRES_ACTION, PaymentStatus.REQUIRES_CAPTURE),
            *(PaymentStatus.COMPLETED, PaymentStatus.FAILED),
        }
    ),
    PaymentStatus.REQUIRES_ACTION: frozenset(
        {
            *(PaymentStatus.REQUIRES_CAPTURE, PaymentStatus.COMPLETED, PaymentStatus.FAILED),
            *(PaymentStatus.CALLED_OFF, PaymentStatus.EXPIRED),
        }
    ),
    PaymentStatus.REQUIRES_CAPTURE: frozenset(
        {
            *(PaymentStatus.PROCESSING, PaymentStatus.COMPLETED, PaymentStatus.FAILED),
            *(PaymentStatus.CALLED_OFF, PaymentStatus.EXPIRED),
        }
    ),
    PaymentStatus.COMPLETED: frozenset(),
    PaymentStatus.FAILED: frozenset(),
    PaymentStatus.CALLED_OFF: frozenset(),
    PaymentStatus.EXPIRED: frozenset(),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """A payment with its latest attempt. `version` counts its steps.

    What the payer paid is on the account, less the fee, as soon as there is a transaction. That may come after the
    payment was called off or had expired, since the payer may be quicker than we are: `problem` then says so.
    """

    id: PaymentId
    account_id: AccountId
    owner_id: str
    amount: Money
    description: str
    created_at: datetime
    expires_at: datetime
    attempt: PaymentAttempt
    status: PaymentStatus = PaymentStatus.PENDING
    reference: str | None = None
    metadata: Mapping[str, str]
    capture_method: CaptureMethod = CaptureMethod.AUTOMATIC
    capture: PaymentCapture | None = None
    """What the merchant asked to have taken last, of what was authorized."""
    version: int = 0
    fee: Money | None = None
    transaction_id: TransactionId | None = None
    ended_at: datetime | None = None
    asks: int = 0
    """How often the provider was asked."""
    asked_at: datetime | None = None
    due_at: datetime | None = None
    """When the provider is asked next."""
    review_since: datetime | None = None
    """Since when a person has to look at it."""
    problem: str | None = None

    def is_shown_to(self, owner_id: str | None) -> bool:
        """Whether that owner may see it; None sees all."""
        return owner_id in {None, self.owner_id}

    def can_become(self, status: PaymentStatus) -> bool:
        """Whether that may follow."""
        return status in _NEXT[self.status]

    def moved(self, status: PaymentStatus, at: datetime) -> "Payment":
        """The payment in that state. Raises: LedgerInvariantError: it cannot follow."""
        if not self.can_become(status):
            raise LedgerInvariantError(f"payment {self.id} was {self.status}, and was to be {status}")
        return replace(self, status=status, ended_at=at if status.is_over else None)

    def require_can_become(self, status: PaymentStatus) -> None:
        """Raises: InvalidStateError: that may not follow."""
        if not self.can_become(status):
            raise InvalidStateError(resource="payment", identifier=str(self.id), state=self.status)

    def asked_again(self, at: datetime) -> "Payment":
        """The payment when its provider is asked: when it is due the next time, or handed to a person.

        The times follow from when the payment was made, so that whoever has it asked earlier uses none of them up.
        """
        began, last = self.created_at, self.expires_at
        if self.capture is not None and self.attempt.status is AttemptStatus.CAPTURING:
            began = last = self.capture.asked_at
        times = [*(began + after for after in accumulate(ASKED_AFTER)), last]
        due_at = min((time for time in times if time > at), default=None)
        if due_at is None and self.attempt.status is AttemptStatus.AUTHORIZED:
            # It is the merchant that is waited for, and the provider that ends the wait.
            due_at = at + ASKED_AFTER[-1]
        # A payment that ended was waited for only because the payer might have paid all the same.
        is_persons = due_at is None and not self.status.is_over
        since = self.review_since or (at if is_persons else None)
        return replace(self, asks=self.asks + 1, asked_at=at, due_at=due_at, review_since=since)

    def settled(self) -> "Payment":
        """The payment when nothing is open at the provider any more."""
        return replace(self, due_at=None)

    def doubted(self, problem: str, at: datetime) -> "Payment":
        """The payment with something that a person has to look at."""
        return replace(self, problem=problem, review_since=self.review_since or at)

    def reviewed(self) -> "Payment":
        """The payment when a person has looked at it, and nothing is open any more."""
        return replace(self, problem=None, review_since=None, due_at=None)

    @property
    def to_take(self) -> Money:
        """What its payer is to pay: all of it, or what was asked to be captured."""
        return self.amount if self.capture is None else self.capture.amount

    @property
    def captured(self) -> Money:
        """What was taken: nothing before its money is booked."""
        return Money.zero(self.amount.currency) if self.transaction_id is None else self.to_take

    def capturing(self, capture: PaymentCapture) -> "Payment":
        """The payment when its provider is to take that much of what was authorized, and is asked later."""
        return replace(
            self.moved(PaymentStatus.PROCESSING, capture.asked_at),
            attempt=self.attempt.moved(AttemptStatus.CAPTURING, capture.asked_at),
            capture=capture,
            due_at=capture.asked_at + ASKED_AFTER[0],
        )

    @property
    def is_capture_lost(self) -> bool:
        """Whether its provider, if it says that nothing was taken, was asked late enough after it was to take it."""
        if self.capture is None or self.asked_at is None:
            return False
        return self.asked_at >= self.capture.asked_at + ASKED_AFTER[0]

    @property
    def lookup(self) -> ChargeLookup:
        """Under what its provider knows it."""
        attempt = self.attempt
        return ChargeLookup(reference=attempt.reference, amount=self.amount, provider_id=attempt.provider_id)

    @property
    def is_open_at_provider(self) -> bool:
        """Whether the payer's money may still come."""
        return not self.attempt.status.is_over
