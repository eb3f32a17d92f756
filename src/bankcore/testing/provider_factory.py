"""Makes payment providers in memory, one for each configuration by its name."""

from collections.abc import Collection, Sequence

from bankcore.payments.configuration_ports import Credentials, ProviderFactory
from bankcore.payments.configurations import ProviderConfig
from bankcore.providers.ports import PaymentProvider
from bankcore.providers.states import ProviderMode
from bankcore.testing.providers import InMemoryProvider


class InMemoryProviderFactory(ProviderFactory):
    """Makes each configuration a provider in memory of its own, which a test looks into as `of(name)`."""

    def __init__(self) -> None:
        self._made: dict[str, InMemoryProvider] = {}

    def of(self, name: str) -> InMemoryProvider:
        """The provider of the configuration with that name."""
        return self._made[name]

    def list_names(self) -> Collection[str]:
        return ("memory",)

    def list_credentials(self, provider: str) -> Sequence[str]:  # noqa: ARG002 - there is one provider
        return ("secret",)

    def make_provider(
        self,
        config: ProviderConfig,
        credentials: Credentials,
        mode: ProviderMode,  # noqa: ARG002 - no real money is in memory
    ) -> PaymentProvider:
        return self._made.setdefault(config.name, InMemoryProvider(secret=credentials["secret"].encode()))
