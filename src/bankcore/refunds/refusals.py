"""Refusals of refunds."""

from dataclasses import dataclass
from typing import ClassVar

from bankcore.errors import RejectedError
from bankcore.money import Money


@dataclass(eq=True, unsafe_hash=True, kw_only=True)
class RefundExceedsPaymentError(RejectedError):
    """All refunds of a payment together give no more back than was taken, less what disputes took.

    More may be disputed than is left. Nothing is told of it in the answer to a request of an earlier version.
    """

    code: ClassVar[str] = "refund_exceeds_payment"
    title: ClassVar[str] = "That is more than is left of the payment"
    captured: Money
    refunded: Money
    disputed: Money | None = None
    available: Money


@dataclass(eq=True, unsafe_hash=True, kw_only=True)
class ProviderCannotRefundError(RejectedError):
    """The provider that took the payment gives nothing back over its interface: it is done where one logs in there."""

    code: ClassVar[str] = "provider_cannot_refund"
    title: ClassVar[str] = "The provider gives nothing back over its interface"
    provider: str
