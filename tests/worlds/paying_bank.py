"""A running bank with a tenant for tests whose payments go to simulated providers, and a service that orders them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import psycopg

from bankcore.api_keys.manage import CreateApiKey, ManageApiKeys
from bankcore.api_keys.scopes import SERVICE_PERMISSIONS
from bankcore.identifiers import AccountId, TenantId
from bankcore.origin import Origin
from bankcore.payments.configurations import ProviderConfigId
from bankcore.payments.configure import ConfigureProviders, WantedConfig
from bankcore.payments.webhook_names import NamedConfig
from bankcore.tenancy.tenants import Tenant, TenantKind
from bankcore.testing.provider_simulator.flutterwave import SimulatedFlutterwave
from bankcore.testing.provider_simulator.paystack import SimulatedPaystack
from bankcore.testing.provider_simulator.speaking import SpokenProvider
from bankcore.testing.provider_simulator.stripe import SimulatedStripe
from bankcore_infra.embedded.data_dir import DataDir
from bankcore_infra.embedded.postgres import postgres_dsn
from bankcore_infra.identifiers import RandomIdentifiers
from bankcore_infra.servers import DATABASE_NAME, SUPERUSER
from bankcore_infra.tenancy.new_tenant import create_tenant
from bankcore_infra.wiring import open_bank
from tests.worlds.program import AS_IN_EARNEST, RunningBank, running_bank

SHOP: Final = "shop"
SIMULATED: Final[tuple[type[SpokenProvider], ...]] = (SimulatedStripe, SimulatedPaystack, SimulatedFlutterwave)
"""Two sign each byte of their webhooks; the last one proves only that it is the sender, and is asked."""
_SOMEBODY: Final = Origin(actor_type="system", actor_id="test")


@dataclass(frozen=True, slots=True, kw_only=True)
class PayingBank:
    """The bank, the account that is paid, and how its service says who it is."""

    running: RunningBank
    tenant_id: TenantId
    account_id: AccountId
    configs: dict[str, ProviderConfigId]
    """By the provider, whose name each has."""
    api_key: str = field(repr=False)

    @property
    def headers(self) -> dict[str, str]:
        """Those of each request of the service, but for its key."""
        return {"Content-Type": "application/json", "X-API-Key": self.api_key}

    @property
    def webhook_paths(self) -> dict[str, str]:
        """Where each provider sends webhooks."""
        return {
            provider: NamedConfig(self.tenant_id, config_id).webhook_path
            for provider, config_id in self.configs.items()
        }

    def order(self, amount: str, provider: str = "stripe", method: str | None = "pm_card_visa") -> dict[str, str]:
        """An order to charge a known card, or to let the payer pay on a page."""
        said = {
            "accountId": str(self.account_id),
            "amount": amount,
            "currency": "NGN",
            "description": "Order 7",
            "payerEmail": "payer@example.com",
            "returnUrl": "https://shop.example/done",
            "provider": provider,
        }
        return said if method is None else {**said, "method": method}

    def superuser(self) -> psycopg.Connection:
        """The database as its superuser; each statement commits by itself."""
        sockets = DataDir.at(self.running.data_dir).sockets
        return psycopg.connect(postgres_dsn(sockets, SUPERUSER, DATABASE_NAME), autocommit=True)


@contextmanager
def paying_bank(data_dir: Path, simulator_url: str, **settings: str) -> Iterator[PayingBank]:
    """`bankcore up` on that folder, without limits on requests, whose simulated providers are there."""
    free = {"BANKCORE_RATE_CALLER_PER_MINUTE": "0", "BANKCORE_RATE_ADDRESS_PER_MINUTE": "0"}
    wanted = {**AS_IN_EARNEST, **free, "BANKCORE_PROVIDER_SIMULATOR_URL": simulator_url, **settings}
    with running_bank(data_dir, **wanted) as running:
        yield _furnished(running)


def _config(kind: type[SpokenProvider]) -> WantedConfig:
    return WantedConfig(name=kind.name, provider=kind.name, credentials=kind.credentials)


def _furnished(running: RunningBank) -> PayingBank:
    ids = RandomIdentifiers()
    shop = Tenant(TenantId(ids.new_id()), SHOP, SHOP, TenantKind.TEST)
    key = CreateApiKey(name="checkout", scopes=frozenset(SERVICE_PERMISSIONS))
    with open_bank(data_dir=running.data_dir) as bank:
        create_tenant(bank.database, shop, ids, origin=_SOMEBODY)
        tenant = bank.tenant(SHOP)
        account = tenant.accounts.open(currency="NGN", owner_id="shop")
        configs = {
            each.name: tenant.get(ConfigureProviders).create(_config(each), origin=_SOMEBODY).value.id
            for each in SIMULATED
        }
        text = tenant.get(ManageApiKeys).create(key, origin=_SOMEBODY).value.text
    assert text is not None
    return PayingBank(running=running, tenant_id=shop.id, account_id=account.id, configs=configs, api_key=text)
