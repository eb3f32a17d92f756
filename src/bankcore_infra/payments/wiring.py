"""Puts payments together, for the API, the worker and the command line alike."""

from functools import partial

from bankcore.encryption.key_encryption import KeyEncryption
from bankcore.identifiers import TenantId
from bankcore.ledger.queries import LedgerQueries
from bankcore.ledger.service import LedgerService
from bankcore.payments.circuits import Circuits
from bankcore.payments.configuration_ports import ProviderFactory
from bankcore.payments.configure import ConfigureProviders
from bankcore.payments.create import CreatePayments
from bankcore.payments.open_accounts import OpenProviderAccounts
from bankcore.payments.webhook_names import NamedConfig
from bankcore.providers.states import ProviderMode
from bankcore.tenancy.tenants import TenantKind
from bankcore_infra.capability import BankParts, TenantParts
from bankcore_infra.clock import SystemClock
from bankcore_infra.db.transactions import Transactions
from bankcore_infra.encryption.secret_store import SecretStore
from bankcore_infra.payments.configurations import SqlProviderConfigQueries, SqlProviderConfigUnits
from bankcore_infra.payments.configured import ConfiguredProviders
from bankcore_infra.payments.registered import KnownProvider, KnownProviders
from bankcore_infra.payments.settings import PaymentSettings
from bankcore_infra.payments.settling import settle_together_with_others
from bankcore_infra.payments.unit import SqlPaymentUnits
from bankcore_infra.providers.registry import PROVIDERS, open_provider
from bankcore_infra.providers.watching import OrderWatchers
from bankcore_infra.tenancy.directory import SqlTenantDirectory


def mode_of(parts: BankParts, tenant_id: TenantId) -> ProviderMode:
    """Whether that tenant moves real money."""
    kind = SqlTenantDirectory(parts.database).get_tenant(tenant_id).kind
    return ProviderMode.LIVE if kind is TenantKind.LIVE else ProviderMode.TEST


def factory_of(settings: PaymentSettings, mode: ProviderMode, watchers: OrderWatchers | None = None) -> ProviderFactory:
    """Every provider; in test mode the simulator stands in for them, if there is one."""
    simulator = settings.provider_simulator_url if mode is ProviderMode.TEST else None
    opened = partial(open_provider, clock=SystemClock(), simulator_url=simulator, watchers=watchers)
    return KnownProviders(
        {name: KnownProvider(each.credentials, partial(opened, name)) for name, each in PROVIDERS.items()}
    )


def config_queries_of(transactions: Transactions, keys: KeyEncryption) -> SqlProviderConfigQueries:
    """Reads of configurations."""
    return SqlProviderConfigQueries(transactions, SecretStore(keys))


def configure_of(transactions: Transactions, parts: BankParts, keys: KeyEncryption) -> ConfigureProviders:
    """The configurations of a tenant."""
    mode = mode_of(parts, transactions.tenant_id)
    return ConfigureProviders(
        units=SqlProviderConfigUnits(transactions, parts.unit, SecretStore(keys)),
        factory=factory_of(parts.settings.of(PaymentSettings), mode),
        mode=mode,
    )


def providers_of(
    transactions: Transactions, parts: BankParts, keys: KeyEncryption, watchers: OrderWatchers | None = None
) -> ConfiguredProviders:
    """A tenant's providers, ready to be asked."""
    settings = parts.settings.of(PaymentSettings)
    tenant_id = transactions.tenant_id
    mode = mode_of(parts, tenant_id)
    base = (settings.public_url or "http://localhost").rstrip("/")
    return ConfiguredProviders(
        tenant_id=tenant_id,
        queries=config_queries_of(transactions, keys),
        factory=factory_of(settings, mode, watchers),
        mode=mode,
        webhook_url=lambda tenant, config: base + NamedConfig(tenant, config).webhook_path,
    )


def create_of(parts: TenantParts) -> CreatePayments:
    """Payments of a tenant are created."""
    queries = parts.get(LedgerQueries)
    keys, watchers = parts.shared.get(KeyEncryption), parts.shared.get(OrderWatchers)
    return CreatePayments(
        units=SqlPaymentUnits(parts.transactions, parts.bank.unit),
        providers=providers_of(parts.transactions, parts.bank, keys, watchers),
        settle=settle_together_with_others(parts.bank.database, parts.tenant_id, parts.bank.unit),
        circuits=parts.get(Circuits),
        open_accounts=OpenProviderAccounts(parts.tenant_id, parts.get(LedgerService), queries),
        new_id=parts.bank.unit.ids.new_id,
    )
