"""The store of circuits in memory."""

from bankcore.payments.circuit import CLOSED, Circuit, CircuitStore
from bankcore.payments.configurations import ProviderConfigId


class InMemoryCircuitStore(CircuitStore):
    """Circuits of one thread."""

    def __init__(self) -> None:
        self._circuits: dict[ProviderConfigId, Circuit] = {}

    def read(self, config_id: ProviderConfigId) -> Circuit:
        return self._circuits.get(config_id, CLOSED)

    def swap(self, config_id: ProviderConfigId, before: Circuit, after: Circuit) -> bool:
        is_unchanged = self.read(config_id) == before
        if is_unchanged:
            self._circuits[config_id] = after
        return is_unchanged
