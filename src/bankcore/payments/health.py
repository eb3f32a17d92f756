"""Health: how each of our accounts at providers does, for whoever watches them."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Protocol

from bankcore.payments.circuit import Circuit
from bankcore.payments.circuits import Circuits
from bankcore.payments.configuration_ports import ProviderConfigQueries
from bankcore.payments.configurations import ProviderConfig, ProviderConfigId
from bankcore.payments.ports import Providers, UsableProvider
from bankcore.providers.ports import ProviderHealth

HEALTH_KEPT_FOR: Final = timedelta(minutes=1)
"""A provider that was asked how it does is not asked again for so long."""


class CircuitState(StrEnum):
    """Whether orders go to a configuration: `closed` lets them, `open` does not, and while `probing` one decides."""

    CLOSED = "closed"
    OPEN = "open"
    PROBING = "probing"


@dataclass(frozen=True, slots=True)
class HealthAnswer:
    """What a provider said of itself, and when."""

    at: datetime
    health: ProviderHealth


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigHealth:
    """How a configuration does. `answer` is None where nobody asks, because it is disabled, or none has come yet."""

    config: ProviderConfig
    state: CircuitState
    open_until: datetime | None
    failures_in_a_row: int
    answer: HealthAnswer | None


class HealthChecks(Protocol):
    """Asks providers how they do, each no more often than once in `HEALTH_KEPT_FOR`."""

    @abstractmethod
    def ask(self, providers: Sequence[UsableProvider]) -> Mapping[ProviderConfigId, HealthAnswer]:
        """What each said. Whoever does not answer soon is left out, and is there the next time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchProviders:
    """How one tenant's configurations do."""

    configs: ProviderConfigQueries
    providers: Providers
    circuits: Circuits
    checks: HealthChecks

    def list_health(self) -> Sequence[ConfigHealth]:
        """All of them, lowest priority first. It changes nothing. Raises: UnavailableError."""
        answers = self.checks.ask(self.providers.list_usable())
        return [self._health_of(config, answers.get(config.id)) for config in self.configs.list_configs()]

    def _health_of(self, config: ProviderConfig, answer: HealthAnswer | None) -> ConfigHealth:
        circuit = self.circuits.store.read(config.id)
        return ConfigHealth(
            config=config,
            state=state_of(circuit, self.circuits.clock.now()),
            open_until=circuit.open_until,
            failures_in_a_row=circuit.in_a_row,
            answer=answer,
        )


def state_of(circuit: Circuit, now: datetime) -> CircuitState:
    """How it stands then."""
    if circuit.open_until is None:
        return CircuitState.CLOSED
    return CircuitState.OPEN if now < circuit.open_until else CircuitState.PROBING
