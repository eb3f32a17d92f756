"""Disputes of the payment provider in memory: its books of them, as a test wrote them."""

from bankcore.providers.answers import Unknown
from bankcore.providers.disputes import DisputeProvider, DisputeState


class InMemoryDisputeProvider(DisputeProvider):
    """Answers for the disputes of its books, by its own id."""

    def __init__(self) -> None:
        self.disputes: dict[str, DisputeState] = {}
        self.dispute_silence: Unknown | None = None
        """What it says when it is asked about a dispute, in place of the truth."""

    def get_dispute_status(self, provider_id: str) -> DisputeState | Unknown:
        """As its books say."""
        return self.dispute_silence or self.disputes.get(provider_id) or Unknown("there is no such dispute")
