"""Payments as a capability: merchants create them, providers tell of them, a loop of every worker asks for the rest."""

from collections.abc import Sequence
from typing import Final

from bankcore.encryption.key_encryption import KeyEncryption
from bankcore.payments.call_off import CallOffPayments
from bankcore.payments.configuration_ports import ProviderConfigQueries
from bankcore.payments.configure import ConfigureProviders
from bankcore.payments.create import CreatePayments
from bankcore.payments.ports import PaymentQueries, Providers
from bankcore.payments.receive import ReceiveWebhooks
from bankcore_infra.capability import BankParts, Capability, TenantParts
from bankcore_infra.payments.settings import PaymentSettings
from bankcore_infra.schedule import Loop


def _providers(parts: TenantParts) -> Providers:
    from bankcore_infra.payments.wiring import providers_of

    return providers_of(parts.transactions, parts.bank, parts.shared.get(KeyEncryption))


def _configure(parts: TenantParts) -> ConfigureProviders:
    from bankcore_infra.payments.wiring import configure_of

    return configure_of(parts.transactions, parts.bank, parts.shared.get(KeyEncryption))


def _config_queries(parts: TenantParts) -> ProviderConfigQueries:
    from bankcore_infra.payments.wiring import config_queries_of

    return config_queries_of(parts.transactions, parts.shared.get(KeyEncryption))


def _create(parts: TenantParts) -> CreatePayments:
    from bankcore_infra.payments.wiring import create_of

    return create_of(parts)


def _call_off(parts: TenantParts) -> CallOffPayments:
    from bankcore_infra.payments.unit import SqlPaymentUnits

    return CallOffPayments(SqlPaymentUnits(parts.transactions, parts.bank.unit))


def _receive(parts: TenantParts) -> ReceiveWebhooks:
    from bankcore_infra.payments.unit import SqlPaymentUnits

    return ReceiveWebhooks(SqlPaymentUnits(parts.transactions, parts.bank.unit), parts.get(Providers))


def _queries(parts: TenantParts) -> PaymentQueries:
    from bankcore_infra.payments.unit import SqlPaymentQueries

    return SqlPaymentQueries(parts.transactions)


def _loops(parts: BankParts) -> Sequence[Loop]:
    from bankcore_infra.payments.wiring import payment_worker

    return (payment_worker(parts).run,)


PAYMENTS: Final = Capability(
    name="payments",
    settings=PaymentSettings,
    services={
        Providers: _providers,
        ConfigureProviders: _configure,
        ProviderConfigQueries: _config_queries,
        CreatePayments: _create,
        CallOffPayments: _call_off,
        ReceiveWebhooks: _receive,
        PaymentQueries: _queries,
    },
    loops=_loops,
)
