"""QueueListener: after a commit, rings for the relay. A fast path: the relay finds by itself what it misses."""

from collections.abc import Sequence
from typing import Protocol

from bankcore.identifiers import TenantId
from bankcore.ledger.events import LedgerEvent
from bankcore_infra.signals import LedgerSignals


class Doorbell(Protocol):
    """Rings for a tenant."""

    def ring(self, tenant_id: TenantId) -> None:
        """Tell the relay, soon or not at all. Returns at once and never raises."""

    def close(self) -> None:
        """Ring no more."""


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
