"""Events that providers tell us of. Each is a hint: it is believed as far as `WebhookProof` says."""

from dataclasses import dataclass

from bankcore.providers.disputes import DisputeState
from bankcore.providers.payouts import PayoutState
from bankcore.providers.states import ChargeState, RefundState


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookEvent:
    """What one webhook says; without a state, it is of nothing that we follow."""

    name: str
    """The provider's own."""
    event_id: str
    """The same whenever the provider says the same again."""
    state: ChargeState | RefundState | PayoutState | DisputeState | None

    @property
    def reference(self) -> str | None:
        """That of the charge, the refund or the payout, or of the charge that is disputed, if the provider says it."""
        return None if self.state is None else self.state.reference
