"""What is counted and sent when another process changes a circuit between reading and writing."""

from uuid import UUID

from bankcore.payments.circuit import CLOSED, FAILURES_IN_A_ROW, OPEN_FOR, CallResult, Circuit
from bankcore.payments.circuits import Circuits
from bankcore.payments.configurations import ProviderConfigId
from bankcore.providers.answers import ChargeAccepted, ChargeAnswer, NotExecuted
from bankcore.providers.states import ChargeStatus
from bankcore.testing.circuits import InMemoryCircuitStore
from bankcore.testing.clock import START, FrozenClock

CONFIG = ProviderConfigId(UUID("019c1406-3400-7000-8000-0000000000c1"))
TAKEN = ChargeAccepted(provider_id="ch", status=ChargeStatus.SUCCEEDED)


class BusyStore(InMemoryCircuitStore):
    """Others are quicker, as often as it says."""

    def __init__(self, times: int) -> None:
        super().__init__(FrozenClock())
        self.times = times

    def swap(self, config_id: ProviderConfigId, before: Circuit, after: Circuit) -> bool:
        if self.times > 0:
            self.times -= 1
            return False
        return super().swap(config_id, before, after)


def opened(store: InMemoryCircuitStore) -> None:
    circuit = CLOSED
    for _ in range(FAILURES_IN_A_ROW):
        circuit = circuit.told(CallResult.FAILED, START)
    InMemoryCircuitStore.swap(store, CONFIG, CLOSED, circuit)


def sent(store: InMemoryCircuitStore) -> ChargeAnswer:
    clock = FrozenClock()
    clock.advance(OPEN_FOR)
    return Circuits(store, clock).guard(CONFIG, lambda: TAKEN)


def test_a_probe_is_sent_though_others_were_quicker_once() -> None:
    store = BusyStore(times=1)
    opened(store)

    assert sent(store) == TAKEN
    assert store.read(CONFIG) == CLOSED


def test_none_is_sent_where_others_are_always_quicker() -> None:
    store = BusyStore(times=1000)
    opened(store)

    assert isinstance(sent(store), NotExecuted)
