"""What is stored of payments in memory, and its configurations as providers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bankcore.errors import NotFoundError
from bankcore.payments.attempts import PaymentAttempt, PaymentAttemptId
from bankcore.payments.configuration_ports import ProviderConfigQueries, ProviderFactory
from bankcore.payments.configurations import ProviderConfig, ProviderConfigId
from bankcore.payments.notices import NoticeId, ProviderNotice
from bankcore.payments.payments import Payment, PaymentId
from bankcore.payments.ports import OrderProviders, PaymentStep, UsableProvider
from bankcore.providers.states import ProviderMode
from bankcore.testing.sections import Section


@dataclass(slots=True)
class InMemoryPaymentStore(Section):
    """The stored payments and configurations of one tenant; every value is immutable."""

    payments: dict[PaymentId, Payment] = field(default_factory=dict)
    attempts: dict[PaymentAttemptId, tuple[PaymentId, PaymentAttempt]] = field(default_factory=dict)
    steps: dict[PaymentId, tuple[PaymentStep, ...]] = field(default_factory=dict)
    notices: dict[NoticeId, tuple[datetime | None, ProviderNotice]] = field(default_factory=dict)
    configs: dict[ProviderConfigId, ProviderConfig] = field(default_factory=dict)
    credentials: dict[ProviderConfigId, Mapping[str, str]] = field(default_factory=dict)

    def list_configs(self) -> Sequence[ProviderConfig]:
        """The configurations, lowest priority first."""
        return sorted(self.configs.values(), key=lambda config: (config.priority, config.id))


class InMemoryProviders(OrderProviders, ProviderConfigQueries):
    """The configurations in memory."""

    def __init__(self, stored: InMemoryPaymentStore, factory: ProviderFactory) -> None:
        self._stored = stored
        self._factory = factory
        self._ready: Sequence[UsableProvider] = ()

    def list_configs(self) -> Sequence[ProviderConfig]:
        return self._stored.list_configs()

    def list_usable(self) -> Sequence[UsableProvider]:
        return [self.get_provider(config.id) for config in self.list_configs() if config.is_enabled]

    def list_ready(self) -> Sequence[UsableProvider]:
        return self._ready

    def make_ready(self, enabled: Sequence[ProviderConfig]) -> Sequence[UsableProvider]:
        self._ready = [self.get_provider(config.id) for config in enabled]
        return self._ready

    def get_provider(self, config_id: ProviderConfigId) -> UsableProvider:
        config = self._stored.configs.get(config_id)
        if config is None:
            raise NotFoundError(resource="provider_config", identifier=str(config_id))
        provider = self._factory.make_provider(config, self._stored.credentials[config_id], ProviderMode.TEST)
        url = f"https://bank.example/v1/providers/{config_id}/webhooks"
        return UsableProvider(config=config, mode=ProviderMode.TEST, provider=provider, webhook_url=url)
