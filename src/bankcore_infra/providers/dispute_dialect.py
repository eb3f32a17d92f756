"""How one provider is asked about disputes: requests and answers, and no network."""

from abc import abstractmethod
from typing import Protocol

from bankcore.providers.answers import Unknown
from bankcore.providers.disputes import DisputeState
from bankcore_infra.providers.wire import WireAnswer, WireRequest


class DisputeDialect(Protocol):
    """The wire format of the disputes of one provider, for one account of ours."""

    @abstractmethod
    def dispute_request(self, provider_id: str) -> WireRequest:
        """The request for how a dispute stands, by the provider's own id."""

    @abstractmethod
    def dispute_state(self, answer: WireAnswer) -> DisputeState | Unknown:
        """How it stands."""
