"""Payout jobs and their items: how far a job has come, and what may become of it."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple, NewType, Self
from uuid import UUID

from bankcore.errors import InvalidStateError
from bankcore.identifiers import AccountId, HoldId, TenantId, TransactionId
from bankcore.ledger.transactions import Source
from bankcore.money import Currency, Money

PayoutJobId = NewType("PayoutJobId", UUID)

SOURCE_TYPE: Final = "payout_item"


class PayoutStatus(StrEnum):
    """Whether items of a job are being paid; the last two are ends, and only failed items may begin anew."""

    RUNNING = "running"
    PAUSED = "paused"
    COMPLETED = "completed"
    CALLED_OFF = "cancelled"


class PayoutItemStatus(StrEnum):
    """What became of an item; a paid one stays so for ever."""

    UNPAID = "unpaid"
    PAID = "paid"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutItem:
    """One payment of a job, at its place from 1; `problem` is the code of the refusal of one that failed."""

    place: int
    account_id: AccountId
    amount: Money
    reference: str | None
    status: PayoutItemStatus = PayoutItemStatus.UNPAID
    transaction_id: TransactionId | None = None
    problem: str | None = None


class Tally(NamedTuple):
    """How many items, and how much all of them together."""

    items: int
    minor: int

    @classmethod
    def of(cls, items: list[PayoutItem]) -> Self:
        """The tally of these items."""
        return cls(len(items), sum(item.amount.minor for item in items))

    def plus(self, other: "Tally") -> "Tally":
        """Both together."""
        return Tally(self.items + other.items, self.minor + other.minor)


NONE: Final = Tally(0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutJob:
    """A job as it stood at one moment.

    Up to the item at place `checkpoint` each is paid or failed. What is still to be paid is set aside by the hold.
    `stopped_by` is the code of the refusal of the paying account that paused the job by itself.
    """

    tenant_id: TenantId
    id: PayoutJobId
    account_id: AccountId
    owner_id: str
    currency: Currency
    name: str | None
    created_at: datetime
    total: Tally
    status: PayoutStatus = PayoutStatus.RUNNING
    hold_id: HoldId | None = None
    paid: Tally = NONE
    failed: Tally = NONE
    checkpoint: int = 0
    stopped_by: str | None = None
    ended_at: datetime | None = None

    @property
    def processed_items(self) -> int:
        """How many items are paid or failed."""
        return self.paid.items + self.failed.items

    @property
    def progress(self) -> str:
        """How far it has come, for people: `5432/14000`."""
        return f"{self.processed_items}/{self.total.items}"

    @property
    def unpaid_minor(self) -> int:
        """What is still to be paid: neither paid nor failed, in minor units."""
        return self.total.minor - self.paid.minor - self.failed.minor

    def source_of(self, item: PayoutItem) -> Source:
        """The permanent name of the item's transaction: no item is ever paid twice."""
        return Source(SOURCE_TYPE, f"{self.id}/{item.place}")

    def is_shown_to(self, owner_id: str | None) -> bool:
        """Whether that owner may know of it; None is for staff and services."""
        return owner_id in {None, self.owner_id}

    def pause(self, stopped_by: str | None = None) -> Self:
        """The job with no more of its items paid for now. Raises: InvalidStateError."""
        self._require(PayoutStatus.RUNNING)
        return replace(self, status=PayoutStatus.PAUSED, stopped_by=stopped_by)

    def resume(self) -> Self:
        """The paused job at work again. Raises: InvalidStateError."""
        self._require(PayoutStatus.PAUSED)
        return replace(self, status=PayoutStatus.RUNNING, stopped_by=None)

    def call_off(self, at: datetime) -> Self:
        """The job that pays no more, for ever. Raises: InvalidStateError."""
        self._require(PayoutStatus.RUNNING, PayoutStatus.PAUSED)
        return replace(self, status=PayoutStatus.CALLED_OFF, hold_id=None, stopped_by=None, ended_at=at)

    def retry(self, *, first_failed: int, hold_id: HoldId) -> Self:
        """The completed job with its failed items unpaid again. Raises: InvalidStateError."""
        return replace(
            self.require_retriable(),
            status=PayoutStatus.RUNNING,
            hold_id=hold_id,
            failed=NONE,
            checkpoint=first_failed - 1,
            ended_at=None,
        )

    def require_retriable(self) -> Self:
        """The job, if it is completed and items failed. Raises: InvalidStateError."""
        self._require(PayoutStatus.COMPLETED)
        if not self.failed.items:
            raise self._unfit()
        return self

    def advance(self, items: list[PayoutItem], *, hold_id: HoldId | None, at: datetime) -> Self:
        """The job after these items, the next ones of it, were paid or have failed; with its last one, it ends."""
        paid = self.paid.plus(Tally.of([item for item in items if item.status is PayoutItemStatus.PAID]))
        failed = self.failed.plus(Tally.of([item for item in items if item.status is PayoutItemStatus.FAILED]))
        if paid.items + failed.items < self.total.items:
            return replace(self, paid=paid, failed=failed, hold_id=hold_id, checkpoint=items[-1].place)
        return replace(
            self,
            paid=paid,
            failed=failed,
            hold_id=None,
            checkpoint=self.total.items,
            status=PayoutStatus.COMPLETED,
            ended_at=at,
        )

    def _require(self, *statuses: PayoutStatus) -> None:
        if self.status not in statuses:
            raise self._unfit()

    def _unfit(self) -> InvalidStateError:
        return InvalidStateError(resource="payout", identifier=str(self.id), state=self.status)
