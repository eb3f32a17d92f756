"""What disputes need from outside: the units of work of refunds with disputes in them, and queries."""

from abc import abstractmethod
from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Protocol

from bankcore.disputes.disputes import DisputeStatus, PaymentDispute, PaymentDisputeId
from bankcore.idempotency.ports import Units
from bankcore.payments.configurations import ProviderConfigId
from bankcore.refunds.ports import RefundUnit


class DisputeUnit(RefundUnit, Protocol):
    """Disputes of one tenant inside one unit of work, with their payments, refunds and the ledger in the same one.

    Who moves a dispute holds the lock of its payment, so no refund is made of what is taken back meanwhile.
    """

    @abstractmethod
    def add_dispute(self, dispute: PaymentDispute) -> None:
        """Add a new dispute."""

    @abstractmethod
    def find_dispute(self, dispute_id: PaymentDisputeId) -> PaymentDispute | None:
        """The dispute with that id."""

    @abstractmethod
    def lock_dispute(self, config_id: ProviderConfigId, provider_id: str) -> PaymentDispute | None:
        """Lock the dispute with that id at the provider until this unit of work ends, and return it as it is now.

        Raises:
            UnavailableError: another unit of work held it for too long.
        """

    @abstractmethod
    def lock_due_dispute(self, *, passing_over: Collection[ProviderConfigId]) -> PaymentDispute | None:
        """Lock the dispute whose provider is to be asked for longest, of those that nobody else has locked and that are
        at none of these configurations.
        """

    @abstractmethod
    def update_dispute(self, dispute: PaymentDispute) -> None:
        """Write how a locked dispute stands now."""


DisputeUnits = Units[DisputeUnit]
"""Runs a piece of the work of disputes in a unit of work of its own."""


class DisputeQueries(Protocol):
    """Reads of one tenant's disputes; `owner_id` hides those of other owners, None is for staff and services."""

    @abstractmethod
    def get_dispute(self, dispute_id: PaymentDisputeId, *, owner_id: str | None = None) -> PaymentDispute:
        """The dispute as it is now. Raises: NotFoundError."""

    @abstractmethod
    def list_disputes(
        self,
        *,
        owner_id: str | None = None,
        status: DisputeStatus | None = None,
        before: PaymentDisputeId | None = None,
        limit: int,
    ) -> Sequence[PaymentDispute]:
        """The disputes, the latest first, from just before the given one."""

    @abstractmethod
    def hurry_dispute(self, dispute_id: PaymentDisputeId, *, unless_asked_within: timedelta) -> None:
        """Have the provider of a dispute that is still asked for asked now; waits for nobody, and does nothing if it
        was asked lately.
        """

    @abstractmethod
    def list_in_review(self, *, limit: int) -> Sequence[PaymentDispute]:
        """The disputes that a person has to look at, those first that wait for longest."""
