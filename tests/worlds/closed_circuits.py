"""Circuits that stay closed, for the banks of tests in which each order is to be tried."""

from collections.abc import Iterator
from contextlib import contextmanager

from typing_extensions import override

from bankcore.payments.circuit import CLOSED, Circuit, CircuitStore
from bankcore.payments.circuit_memory import CircuitMemory
from bankcore.payments.circuits import Circuits
from bankcore.payments.configurations import ProviderConfigId
from bankcore.testing.circuits import InMemoryCircuitStore
from bankcore_infra.clock import SystemClock
from bankcore_infra.payments.circuits import circuits_of


class ClosedCircuitStore(CircuitStore):
    """Counts nothing."""

    @override
    def read(self, config_id: ProviderConfigId) -> Circuit:
        return CLOSED

    @override
    def swap(self, config_id: ProviderConfigId, before: Circuit, after: Circuit) -> bool:
        return True


@contextmanager
def closed_circuits(redis_url: str | None) -> Iterator[None]:
    """Let those of that server stay closed. The circuits of all other banks of this process are as they were."""
    with _kept_in(ClosedCircuitStore(), redis_url):
        yield


@contextmanager
def counting_circuits(redis_url: str | None) -> Iterator[None]:
    """Let those of that server open all the same."""
    with _kept_in(InMemoryCircuitStore(SystemClock()), redis_url):
        yield


@contextmanager
def _kept_in(store: CircuitStore, redis_url: str | None) -> Iterator[None]:
    circuits = circuits_of(redis_url)
    before = (circuits.store, circuits.memory)
    _keep_in(circuits, store, CircuitMemory())
    try:
        yield
    finally:
        _keep_in(circuits, *before)


def _keep_in(circuits: Circuits, store: CircuitStore, memory: CircuitMemory) -> None:
    object.__setattr__(circuits, "store", store)
    object.__setattr__(circuits, "memory", memory)
