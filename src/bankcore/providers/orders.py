"""Orders: what a provider is asked to do, each with a reference of ours that is sent once and for ever."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from bankcore.errors import InvalidRequestError
from bankcore.money import Money

REFERENCE_LENGTH_MAX: Final = 50
# What all providers take: eSewa takes letters, digits and hyphens, and no more.
_REFERENCE: Final = re.compile(r"[A-Za-z0-9-]{1,50}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Payer:
    """Who pays, as far as a provider has to know. It is personal data, so nothing of it is shown by `repr`."""

    email: str = field(repr=False)
    name: str | None = field(default=None, repr=False)
    phone: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeOrder:
    """Take money from a payer. The reference is that of the attempt, and the provider's idempotency key too."""

    reference: str
    amount: Money
    payer: Payer
    description: str
    return_url: str
    """Where the provider sends the payer when all is done; being sent there proves nothing."""
    webhook_url: str
    """Where the provider tells us, if it takes that with an order."""
    metadata: Mapping[str, str] = field(default_factory=dict)
    method: str | None = None
    """The provider's name of a card or wallet, for `PaymentFlow.TOKEN`."""
    is_captured_later: bool = False
    """Whether the amount is only to be kept by the payer's bank, until we say that it is taken."""

    def __post_init__(self) -> None:
        """Refuse what no provider takes."""
        require_reference(self.reference)
        self.amount.require_positive()

    @property
    def lookup(self) -> "ChargeLookup":
        """How to ask for it as long as the provider gave no id."""
        return ChargeLookup(reference=self.reference, amount=self.amount)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeLookup:
    """Which charge is asked for: by our reference, and by the id of the provider, if it gave one."""

    reference: str
    amount: Money
    """What was ordered: some providers find nothing without it."""
    provider_id: str | None = None
    transaction_id: str | None = None
    """The provider's name of the movement of money, which some tell in a webhook only, and are asked by."""

    def __post_init__(self) -> None:
        """Refuse what no provider takes."""
        require_reference(self.reference)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureOrder:
    """Take that much of what the payer's bank keeps, and release the rest. The reference is the idempotency key."""

    reference: str
    charge: ChargeLookup
    amount: Money

    def __post_init__(self) -> None:
        """Refuse what no provider takes."""
        require_reference(self.reference)
        self.amount.require_positive()


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundOrder:
    """Give money of a charge back to its payer. The reference is that of the refund, not that of the charge."""

    reference: str
    charge: ChargeLookup
    amount: Money
    reason: str

    def __post_init__(self) -> None:
        """Refuse what no provider takes."""
        require_reference(self.reference)
        self.amount.require_positive()

    @property
    def lookup(self) -> "RefundLookup":
        """How to ask for it as long as the provider gave no id."""
        return RefundLookup(reference=self.reference, charge=self.charge)


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundLookup:
    """Which refund is asked for."""

    reference: str
    charge: ChargeLookup
    provider_id: str | None = None


def require_reference(reference: str) -> None:
    """Require what every provider takes. Raises: InvalidRequestError."""
    if _REFERENCE.fullmatch(reference) is None:
        raise InvalidRequestError(
            pointer="/reference", detail=f"a reference has 1 to {REFERENCE_LENGTH_MAX} letters, digits and hyphens"
        )
