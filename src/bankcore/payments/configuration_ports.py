"""What configurations need from outside: where they are stored, and who makes a provider of one."""

from abc import abstractmethod
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from bankcore.actions import Action
from bankcore.events.stamps import Stamp
from bankcore.idempotency.ports import UnitOfWork, Units
from bankcore.payments.configurations import ProviderConfig, ProviderConfigId
from bankcore.providers.ports import PaymentProvider
from bankcore.providers.states import ProviderMode

Credentials = Mapping[str, str]
"""What proves to a provider who we are, by the provider's own names."""


@dataclass(frozen=True, slots=True)
class ProviderConfigChanged:
    """A configuration was made or changed, as the action says."""

    stamp: Stamp
    action: Action
    config: ProviderConfig


class ProviderFactory(Protocol):
    """Knows all providers by their names."""

    @abstractmethod
    def list_names(self) -> Collection[str]:
        """The providers that there are."""

    @abstractmethod
    def list_credentials(self, provider: str) -> Sequence[str]:
        """The names of the credentials that this provider wants; the first is that by which people tell them apart."""

    @abstractmethod
    def make_provider(self, config: ProviderConfig, credentials: Credentials, mode: ProviderMode) -> PaymentProvider:
        """The provider with those credentials. Raises: InvalidRequestError: they are not those of this mode."""


class ProviderConfigUnit(UnitOfWork, Protocol):
    """Configurations of one tenant inside one unit of work."""

    @abstractmethod
    def new_id(self) -> UUID:
        """An id that nothing has."""

    @abstractmethod
    def add_config(self, config: ProviderConfig) -> None:
        """Add a new one."""

    @abstractmethod
    def find_config(self, config_id: ProviderConfigId) -> ProviderConfig | None:
        """The configuration with that id."""

    @abstractmethod
    def find_config_named(self, name: str) -> ProviderConfig | None:
        """The configuration of that name."""

    @abstractmethod
    def lock_config(self, config_id: ProviderConfigId) -> ProviderConfig | None:
        """Lock the configuration until this unit of work ends, and return it as it is now."""

    @abstractmethod
    def update_config(self, config: ProviderConfig) -> None:
        """Write how a locked one is now."""

    @abstractmethod
    def keep_credentials(self, config_id: ProviderConfigId, credentials: Credentials) -> None:
        """Keep these, encrypted for this place, instead of those of before."""


ProviderConfigUnits = Units[ProviderConfigUnit]


class ProviderConfigQueries(Protocol):
    """Reads of one tenant's configurations; nobody reads credentials."""

    @abstractmethod
    def list_configs(self) -> Sequence[ProviderConfig]:
        """All of them, lowest priority first."""
