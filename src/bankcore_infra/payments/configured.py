"""Configured providers: each made once of its configuration, and again after its credentials changed."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from typing_extensions import override

from bankcore.identifiers import TenantId
from bankcore.payments.configuration_ports import ProviderFactory
from bankcore.payments.configurations import ProviderConfig, ProviderConfigId
from bankcore.payments.ports import OrderProviders, UsableProvider
from bankcore.providers.ports import PaymentProvider
from bankcore.providers.states import ProviderMode
from bankcore_infra.payments.configurations import SqlProviderConfigQueries


class _Made(NamedTuple):
    version: int
    provider: PaymentProvider


class ConfiguredProviders(OrderProviders):
    """The providers of one tenant. A provider keeps its connections, so it is made once for each set of credentials."""

    def __init__(
        self,
        *,
        tenant_id: TenantId,
        queries: SqlProviderConfigQueries,
        factory: ProviderFactory,
        mode: ProviderMode,
        webhook_url: Callable[[TenantId, ProviderConfigId], str],
    ) -> None:
        self._tenant_id = tenant_id
        self._queries = queries
        self._factory = factory
        self._mode = mode
        self._webhook_url = webhook_url
        self._made: dict[ProviderConfigId, _Made] = {}
        self._ready: Sequence[UsableProvider] = ()

    @override
    def list_usable(self) -> Sequence[UsableProvider]:
        return [self._usable(config) for config in self._queries.list_configs() if config.is_enabled]

    @override
    def list_ready(self) -> Sequence[UsableProvider]:
        return self._ready

    @override
    def make_ready(self, enabled: Sequence[ProviderConfig]) -> Sequence[UsableProvider]:
        self._ready = [self._usable(config) for config in enabled]
        return self._ready

    @override
    def get_provider(self, config_id: ProviderConfigId) -> UsableProvider:
        return self._usable(self._queries.get_config(config_id))

    def _usable(self, config: ProviderConfig) -> UsableProvider:
        made = self._made.get(config.id)
        # Two threads may both make it; then either is as good.
        if made is None or made.version != config.version:
            credentials = self._queries.find_credentials(config.id)
            made = _Made(config.version, self._factory.make_provider(config, credentials, self._mode))
            self._made[config.id] = made
        return UsableProvider(
            config=config,
            mode=self._mode,
            provider=made.provider,
            webhook_url=self._webhook_url(self._tenant_id, config.id),
        )
