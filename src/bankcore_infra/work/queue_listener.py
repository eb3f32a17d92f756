"""QueueListener: after a commit, rings for the relay. A fast path: the relay finds by itself what it misses."""

from collections.abc import Sequence

from bankcore.ledger.events import LedgerEvent
from bankcore_infra.signals import LedgerSignals
from bankcore_infra.work.doorbell import Doorbell


class QueueListener:
    """Hears of each commit in this process, and rings without waiting."""

    def __init__(self, doorbell: Doorbell) -> None:
        self._doorbell = doorbell

    def attach(self, signals: LedgerSignals) -> None:
        """Listen from now on."""
        signals.on_committed(self.hand_over)

    def hand_over(self, events: Sequence[LedgerEvent]) -> None:
        """Ring for every tenant of the events."""
        for tenant_id in {event.stamp.tenant_id for event in events}:
            self._doorbell.ring(tenant_id)
