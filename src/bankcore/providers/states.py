"""States: how a charge or a refund stands, in the provider's own figures. The core compares them with ours."""

from dataclasses import dataclass
from enum import StrEnum

from bankcore.money import Money


class ProviderMode(StrEnum):
    """Whether money of real people moves."""

    TEST = "test"
    LIVE = "live"


class ChargeStatus(StrEnum):
    """How a charge stands. Nothing follows what is final, but for refunds and disputes."""

    PENDING = "pending"
    """The provider is at work."""
    REQUIRES_ACTION = "requires_action"
    """The payer has to do something."""
    AUTHORIZED = "authorized"
    """The payer's bank keeps the amount for us; it is taken when we say so, or released."""
    SUCCEEDED = "succeeded"
    DECLINED = "declined"
    """Nothing was taken, and nothing will be: refused, given up, or too late."""
    REVERSED = "reversed"
    """It was taken, and all of it was given back since."""
    NOT_FOUND = "not_found"
    """The provider knows no such charge. It may only not know it yet."""

    @property
    def is_final(self) -> bool:
        """Whether it stays so. What the provider does not know, it may know later."""
        return self in {ChargeStatus.SUCCEEDED, ChargeStatus.DECLINED, ChargeStatus.REVERSED}


class RefundStatus(StrEnum):
    """How a refund stands."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    """Nothing was given back, and nothing will be."""
    NOT_FOUND = "not_found"

    @property
    def is_final(self) -> bool:
        """Whether it stays so."""
        return self in {RefundStatus.SUCCEEDED, RefundStatus.FAILED}


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeState:
    """What a provider says of a charge. None is what it does not say, and never means that it is as we think."""

    status: ChargeStatus
    reference: str | None
    """Ours, as the provider repeats it."""
    provider_id: str | None
    """The one that it gave when it took the order."""
    amount: Money | None
    transaction_id: str | None = None
    """Its own name of the movement of money, by which it is asked for refunds."""
    fee: Money | None = None
    """What the provider keeps of it."""
    mode: ProviderMode | None = None
    code: str | None = None
    """In the provider's words: why it was declined, or how it stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundState:
    """What a provider says of a refund."""

    status: RefundStatus
    reference: str | None
    provider_id: str | None
    charge_reference: str | None
    """That of the charge, as the provider repeats it."""
    amount: Money | None
    mode: ProviderMode | None = None
    code: str | None = None
