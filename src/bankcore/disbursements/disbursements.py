"""Disbursements as they stand, and which step may follow which."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import accumulate
from typing import Final, NewType, Self
from uuid import UUID

from bankcore.errors import InvalidStateError, LedgerInvariantError
from bankcore.identifiers import AccountId, HoldId, TransactionId
from bankcore.money import Money
from bankcore.payments.configurations import ProviderConfigId
from bankcore.payments.payments import ASKED_AFTER
from bankcore.providers.payouts import PayoutDestination

DisbursementId = NewType("DisbursementId", UUID)
WAITS_FOR_APPROVAL: Final = timedelta(days=30)
"""How long the money is held for somebody who may approve; after that it is free again, and nobody can."""


class DisbursementStatus(StrEnum):
    """Where a disbursement stands."""

    PENDING_APPROVAL = "pending_approval"
    APPROVED = "approved"
    SENT = "sent"
    """The order may have left; the provider has not said how it ended."""
    UNKNOWN = "unknown"
    """There was no answer that says anything. Only asking settles it."""
    PAID = "paid"
    FAILED = "failed"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    RETURNED = "returned"
    """It was paid, and the money came back since."""


_NEXT: Final[Mapping[DisbursementStatus, frozenset[DisbursementStatus]]] = {
    DisbursementStatus.PENDING_APPROVAL: frozenset(
        {DisbursementStatus.APPROVED, DisbursementStatus.REJECTED, DisbursementStatus.WITHDRAWN}
    ),
    DisbursementStatus.APPROVED: frozenset({DisbursementStatus.SENT}),
    DisbursementStatus.SENT: frozenset(
        {DisbursementStatus.PAID, DisbursementStatus.FAILED, DisbursementStatus.UNKNOWN}
    ),
    DisbursementStatus.UNKNOWN: frozenset({DisbursementStatus.PAID, DisbursementStatus.FAILED}),
    DisbursementStatus.PAID: frozenset({DisbursementStatus.RETURNED}),
}
_AT_PROVIDER: Final = frozenset({DisbursementStatus.SENT, DisbursementStatus.UNKNOWN})
_FOLLOWED: Final = _AT_PROVIDER | {DisbursementStatus.PAID, DisbursementStatus.FAILED}
"""Of these the provider may tell something: what it takes back is for a person to see."""


@dataclass(frozen=True, slots=True)
class MaskedDestination:
    """What is shown of an account outside: its bank, and how its number ends."""

    bank_code: str
    hint: str

    @classmethod
    def of(cls, destination: PayoutDestination) -> Self:
        """What is shown of that one."""
        return cls(destination.bank_code, destination.hint)


@dataclass(frozen=True, slots=True, kw_only=True)
class DisbursementDecision:
    """Who decided, when, and why; the reason is that of a rejection."""

    by: str
    at: datetime
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Disbursement:
    """Money that leaves an account of the bank for one outside. Its id is our reference at the provider.

    `hold_id` keeps the money until it was paid or is free again; `version` counts the steps.
    """

    id: DisbursementId
    account_id: AccountId
    owner_id: str
    amount: Money
    description: str
    destination: MaskedDestination
    config_id: ProviderConfigId
    hold_id: HoldId
    requested_by: str
    requested_at: datetime
    status: DisbursementStatus = DisbursementStatus.PENDING_APPROVAL
    version: int = 0
    decision: DisbursementDecision | None = None
    sent_at: datetime | None = None
    provider_id: str | None = None
    code: str | None = None
    """Why it failed, in the provider's word."""
    transaction_id: TransactionId | None = None
    return_id: TransactionId | None = None
    """The transaction that put back what came back."""
    due_at: datetime | None = None
    """When it is sent, or the provider asked next."""
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

    def can_become(self, status: DisbursementStatus) -> bool:
        """Whether that may follow."""
        return status in _NEXT.get(self.status, frozenset())

    def is_of(self, actor_id: str) -> bool:
        """Whether that one wanted it, or has the account: whoever decides about its money has to be somebody else."""
        return actor_id in {self.requested_by, self.owner_id}

    def contradicted(self) -> InvalidStateError:
        """Why something cannot be done to it: as it stands now."""
        return InvalidStateError(resource="disbursement", identifier=str(self.id), state=self.status)

    @property
    def is_followed(self) -> bool:
        """Whether the provider is asked when it tells something."""
        return self.status in _FOLLOWED

    def moved(self, status: DisbursementStatus) -> Self:
        """The disbursement in that state. Raises: LedgerInvariantError: it cannot follow."""
        if not self.can_become(status):
            raise LedgerInvariantError(f"disbursement {self.id} was {self.status}, and was to be {status}")
        return replace(self, status=status)

    def asked_again(self, at: datetime) -> Self:
        """The disbursement when its provider is asked: when it is due the next time, or handed to a person.

        One that was paid is asked for until the times are over too, as what was paid may come back.
        """
        sent_at = self.sent_at or at
        times = () if self.status is DisbursementStatus.FAILED else accumulate(ASKED_AFTER)
        due_at = min((time for after in times if (time := sent_at + after) > at), default=None)
        is_persons = due_at is None and self.status in _AT_PROVIDER
        return replace(self, due_at=due_at, review_since=self.review_since or (at if is_persons else None))

    def reviewed(self) -> Self:
        """The disbursement when nobody has to look at it any more."""
        return replace(self, problem=None, review_since=None)

    def doubted(self, problem: str, at: datetime) -> Self:
        """The disbursement with something that a person has to look at."""
        return replace(self, problem=problem, review_since=self.review_since or at)
