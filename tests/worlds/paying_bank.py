"""A running bank with a tenant for tests whose payments go to a simulated provider, and a service that orders them."""

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
from bankcore.testing.provider_simulator.stripe import SimulatedStripe
from bankcore_infra.embedded.data_dir import DataDir
from bankcore_infra.embedded.postgres import postgres_dsn
from bankcore_infra.identifiers import RandomIdentifiers
from bankcore_infra.servers import DATABASE_NAME, SUPERUSER
from bankcore_infra.tenancy.new_tenant import create_tenant
from bankcore_infra.wiring import open_bank
from tests.worlds.program import RunningBank, running_bank

SHOP: Final = "shop"
_SOMEBODY: Final = Origin(actor_type="system", actor_id="test")


@dataclass(frozen=True, slots=True, kw_only=True)
class PayingBank:
    """The bank, the account that is paid, and how its service says who it is."""

    running: RunningBank
    tenant_id: TenantId
    account_id: AccountId
    config_id: ProviderConfigId
    api_key: str = field(repr=False)

    @property
    def headers(self) -> dict[str, str]:
        """Those of each request of the service, but for its key."""
        return {"Content-Type": "application/json", "X-API-Key": self.api_key}

    @property
    def webhook_url(self) -> str:
        """Where the provider sends webhooks."""
        return self.running.url + NamedConfig(self.tenant_id, self.config_id).webhook_path

    def order(self, amount: str) -> dict[str, str]:
        """An order to charge a known card."""
        return {
            "accountId": str(self.account_id),
            "amount": amount,
            "currency": "NPR",
            "description": "Order 7",
            "payerEmail": "payer@example.com",
            "returnUrl": "https://shop.example/done",
            "method": "pm_card_visa",
        }

    def superuser(self) -> psycopg.Connection:
        """The database as its superuser; each statement commits by itself."""
        sockets = DataDir.at(self.running.data_dir).sockets
        return psycopg.connect(postgres_dsn(sockets, SUPERUSER, DATABASE_NAME), autocommit=True)


@contextmanager
def paying_bank(data_dir: Path, simulator_url: str, **settings: str) -> Iterator[PayingBank]:
    """`bankcore up` on that folder, without limits on requests, whose simulated provider is there."""
    free = {"BANKCORE_RATE_CALLER_PER_MINUTE": "0", "BANKCORE_RATE_ADDRESS_PER_MINUTE": "0"}
    wanted = {**free, "BANKCORE_PROVIDER_SIMULATOR_URL": simulator_url, **settings}
    with running_bank(data_dir, **wanted) as running:
        yield _furnished(running)


def _furnished(running: RunningBank) -> PayingBank:
    ids = RandomIdentifiers()
    shop = Tenant(TenantId(ids.new_id()), SHOP, SHOP, TenantKind.TEST)
    config = WantedConfig(name="cards", provider="stripe", credentials=SimulatedStripe.credentials)
    key = CreateApiKey(name="checkout", scopes=frozenset(SERVICE_PERMISSIONS))
    with open_bank(data_dir=running.data_dir) as bank:
        create_tenant(bank.database, shop, ids, origin=_SOMEBODY)
        tenant = bank.tenant(SHOP)
        account = tenant.accounts.open(currency="NPR", owner_id="shop")
        config_id = tenant.get(ConfigureProviders).create(config, origin=_SOMEBODY).value.id
        text = tenant.get(ManageApiKeys).create(key, origin=_SOMEBODY).value.text
    assert text is not None
    return PayingBank(running=running, tenant_id=shop.id, account_id=account.id, config_id=config_id, api_key=text)
