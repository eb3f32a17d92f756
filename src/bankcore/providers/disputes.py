"""Disputes at a provider: the payer's bank wants money of a charge back, and the provider says how that stands."""

from abc import abstractmethod
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, Protocol

from bankcore.money import Money
from bankcore.providers.answers import Unknown
from bankcore.providers.states import ProviderMode


class DisputeStanding(StrEnum):
    """How a dispute stands at its provider."""

    NEEDS_RESPONSE = "needs_response"
    UNDER_REVIEW = "under_review"
    """The payer's bank looks at what was answered."""
    WON = "won"
    """The money stays, or is given back."""
    LOST = "lost"


class DisputedMoney(NamedTuple):
    """What a provider took or gave back for a dispute: an amount, and a fee beside it, zero if there is none."""

    amount: Money
    fee: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeState:
    """What a provider says of a dispute. None is what it does not say."""

    status: DisputeStanding
    provider_id: str | None
    reference: str | None
    """Ours of the charge, as the provider repeats it."""
    amount: Money | None
    withdrawn: DisputedMoney | None = None
    """What it took from what it owes us."""
    reinstated: DisputedMoney | None = None
    """What of that it gave back."""
    reason: str | None = None
    """In the provider's word."""
    respond_by: datetime | None = None
    mode: ProviderMode | None = None


class DisputeProvider(Protocol):
    """A provider that tells of disputes, if `ProviderFacts.has_disputes`."""

    @abstractmethod
    def get_dispute_status(self, provider_id: str) -> DisputeState | Unknown:
        """How the dispute with that id of the provider's stands now. It changes nothing, and may be asked again."""
