"""The providers that the bank knows, each opened for a configuration."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from typing_extensions import override

from bankcore.payments.configuration_ports import Credentials, ProviderFactory
from bankcore.payments.configurations import ProviderConfig
from bankcore.providers.ports import PaymentProvider
from bankcore.providers.states import ProviderMode


@dataclass(frozen=True, slots=True)
class KnownProvider:
    """The names of the credentials that a provider wants, and what opens an account of ours there."""

    credentials: Sequence[str]
    open_with: Callable[[Credentials, ProviderMode], PaymentProvider]


class KnownProviders(ProviderFactory):
    """Opens the providers that it was given."""

    def __init__(self, known: Mapping[str, KnownProvider]) -> None:
        self._known = known

    @override
    def list_names(self) -> Collection[str]:
        return self._known.keys()

    @override
    def list_credentials(self, provider: str) -> Sequence[str]:
        return self._known[provider].credentials

    @override
    def make_provider(self, config: ProviderConfig, credentials: Credentials, mode: ProviderMode) -> PaymentProvider:
        return self._known[config.provider].open_with(credentials, mode)
