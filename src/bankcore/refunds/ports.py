"""What refunds need from outside: the units of work of payments with refunds in them, and queries."""

from abc import abstractmethod
from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Protocol

from bankcore.idempotency.ports import Units
from bankcore.payments.configurations import ProviderConfigId
from bankcore.payments.payments import PaymentId
from bankcore.payments.ports import PaymentUnit, RefundedAmounts
from bankcore.refunds.refunds import PaymentRefund, PaymentRefundId


class RefundUnit(PaymentUnit, Protocol):
    """Refunds of one tenant inside one unit of work, with their payments and the ledger in the same one.

    Who makes a refund holds the lock of its payment, so the sum of them is true until the unit of work ends.
    """

    @abstractmethod
    def add_refund(self, refund: PaymentRefund) -> None:
        """Add a new refund."""

    @abstractmethod
    def find_refund(self, refund_id: PaymentRefundId) -> PaymentRefund | None:
        """The refund with that id."""

    @abstractmethod
    def sum_refunds(self, payment_id: PaymentId) -> int:
        """What all refunds of the payment that did not fail come to, in minor units."""

    @abstractmethod
    def sum_disputed(self, payment_id: PaymentId) -> int:
        """What providers took back of the payment for disputes and have not given back, in minor units."""

    @abstractmethod
    def list_open_refunds(self, payment_id: PaymentId) -> Sequence[PaymentRefund]:
        """The refunds of the payment that are not over, in the order of their ids."""

    @abstractmethod
    def lock_refund(self, refund_id: PaymentRefundId) -> PaymentRefund | None:
        """Lock the refund until this unit of work ends, and return it as it is now.

        Raises:
            UnavailableError: another unit of work held it for too long.
        """

    @abstractmethod
    def lock_due_refund(self, *, passing_over: Collection[ProviderConfigId]) -> PaymentRefund | None:
        """Lock the refund whose provider is to be asked for longest, of those that nobody else has locked and whose
        payment is at none of these configurations.
        """

    @abstractmethod
    def update_refund(self, refund: PaymentRefund) -> None:
        """Write how a locked refund stands now."""


RefundUnits = Units[RefundUnit]
"""Runs a piece of the work of refunds in a unit of work of its own."""


class RefundQueries(RefundedAmounts, Protocol):
    """Reads of one tenant's refunds; whoever lists those of a payment has read the payment."""

    @abstractmethod
    def get_refund(self, refund_id: PaymentRefundId, *, owner_id: str | None = None) -> PaymentRefund:
        """The refund as it is now; `owner_id` hides those of other owners. Raises: NotFoundError."""

    @abstractmethod
    def list_refunds(
        self,
        payment_id: PaymentId,
        *,
        before: PaymentRefundId | None = None,
        limit: int,
    ) -> Sequence[PaymentRefund]:
        """The refunds of a payment, the latest first, from just before the given one."""

    @abstractmethod
    def list_in_review(self, *, limit: int) -> Sequence[PaymentRefund]:
        """The refunds that a person has to look at, those first that wait for longest."""

    @abstractmethod
    def hurry_refund(self, refund_id: PaymentRefundId, *, unless_asked_within: timedelta) -> None:
        """Have the provider of an open refund asked now; waits for nobody, and does nothing if it was asked lately."""
