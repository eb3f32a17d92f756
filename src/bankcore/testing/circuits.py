"""The store of circuits in memory."""

from datetime import datetime

from bankcore.clock import Clock
from bankcore.payments.circuit import CLOSED, FORGOTTEN_AFTER, Circuit, CircuitStore
from bankcore.payments.configurations import ProviderConfigId


class InMemoryCircuitStore(CircuitStore):
    """Circuits of one thread."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._circuits: dict[ProviderConfigId, tuple[datetime, Circuit]] = {}

    def read(self, config_id: ProviderConfigId) -> Circuit:
        changed_at, circuit = self._circuits.get(config_id, (self._clock.now(), CLOSED))
        return circuit if self._clock.now() < changed_at + FORGOTTEN_AFTER else CLOSED

    def swap(self, config_id: ProviderConfigId, before: Circuit, after: Circuit) -> bool:
        is_unchanged = self.read(config_id) == before
        if is_unchanged:
            self._circuits[config_id] = (self._clock.now(), after)
        return is_unchanged
