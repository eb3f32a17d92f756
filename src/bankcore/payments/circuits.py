"""Circuits: sends an order only where the provider is worth it, and learns from what comes back."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, TypeVar

from bankcore.clock import Clock
from bankcore.payments.circuit import CallResult, Circuit, CircuitStore
from bankcore.payments.circuit_memory import CircuitMemory
from bankcore.payments.configurations import ProviderConfigId
from bankcore.providers.answers import NOT_SENT, TOO_MANY_REQUESTS, ChargeAnswer, NotExecuted, RefundAnswer, Unknown
from bankcore.providers.payouts import PayoutAnswer

A = TypeVar("A", bound=ChargeAnswer | RefundAnswer)
PROVIDER_UNAVAILABLE: Final = "provider_unavailable"
_TRIES: Final = 5
_FAILURES: Final = frozenset({NOT_SENT, TOO_MANY_REQUESTS})


@dataclass(frozen=True, slots=True)
class Circuits:
    """The circuits of all provider configurations. A closed one is read ten times a second at most, and answers of one
    that nothing troubles are told once a second (docs/adr/0102); whatever fails is told at once.
    """

    store: CircuitStore
    clock: Clock
    memory: CircuitMemory = field(default_factory=CircuitMemory, compare=False)

    def is_open(self, config_id: ProviderConfigId) -> bool:
        """Whether no order is to be sent there now."""
        return self._read(config_id).is_open_at(self.clock.now())

    def guard(self, config_id: ProviderConfigId, send: Callable[[], A]) -> A | NotExecuted:
        """Send an order there and count how that went; while the circuit is open, certainly nothing is sent."""
        if not self.let_through(config_id):
            return NotExecuted(
                PROVIDER_UNAVAILABLE, "The provider fails again and again, and is left alone for a while."
            )
        answer = send()
        self.tell(config_id, result_of(answer))
        return answer

    def heard(self, config_id: ProviderConfigId, result: CallResult) -> None:
        """A question was answered, or it failed. While a probe is needed that is one, unless an order is it already:
        an answer closes the circuit, a failure opens it anew. While it is closed questions do not count: who answers
        them may still fail at orders.
        """
        circuit = self._read(config_id)
        is_closing = result is CallResult.ANSWERED and circuit.open_until is not None
        if is_closing or circuit.needs_probe_at(self.clock.now()):
            self.tell(config_id, result)

    def let_through(self, config_id: ProviderConfigId) -> bool:
        """Whether an order may be sent there now; where a probe is needed that order is it, and no other one is."""
        for _ in range(_TRIES):
            circuit, now = self._read(config_id), self.clock.now()
            if not circuit.needs_probe_at(now):
                return not circuit.is_open_at(now)
            if self.store.swap(config_id, circuit, circuit.probed(now)):
                return True
        return False

    def tell(self, config_id: ProviderConfigId, result: CallResult) -> None:
        """An order that was let through ended so."""
        is_usual = result is CallResult.ANSWERED and self._read(config_id).is_untroubled
        if is_usual and self.memory.tells_later(config_id, self.clock.now()):
            return
        untold = self.memory.take_untold(config_id, self.clock.now())
        # A failure that is lost because others are quicker is one of many.
        if not any(self._swapped(config_id, untold, result) for _ in range(_TRIES)):
            self.memory.put_back(config_id, untold, self.clock.now())

    def _read(self, config_id: ProviderConfigId) -> Circuit:
        remembered = self.memory.find(config_id, self.clock.now())
        if remembered is not None:
            return remembered
        circuit = self.store.read(config_id)
        self.memory.keep(config_id, circuit, self.clock.now())
        return circuit

    def _swapped(self, config_id: ProviderConfigId, untold: Circuit, result: CallResult) -> bool:
        circuit, now = self.store.read(config_id), self.clock.now()
        after = circuit.joined(untold, now).told(result, now)
        is_swapped = after == circuit or self.store.swap(config_id, circuit, after)
        if is_swapped:
            self.memory.keep(config_id, after, now)
        return is_swapped


def result_of(answer: ChargeAnswer | RefundAnswer | PayoutAnswer) -> CallResult:
    """What the answer says of the provider; a decline is an answer like any other."""
    if isinstance(answer, Unknown):
        return CallResult.FAILED
    if isinstance(answer, NotExecuted):
        return CallResult.FAILED if answer.code in _FAILURES else CallResult.SAID_NOTHING
    return CallResult.ANSWERED
