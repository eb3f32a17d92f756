"""What payments offer to one tenant; it is loaded when somebody asks for it."""

from typing import Final

from bankcore.encryption.key_encryption import KeyEncryption
from bankcore.payments.call_off import CallOffPayments
from bankcore.payments.capture import CapturePayments
from bankcore.payments.circuits import Circuits
from bankcore.payments.configuration_ports import ProviderConfigQueries
from bankcore.payments.configure import ConfigureProviders
from bankcore.payments.create import CreatePayments
from bankcore.payments.health import WatchProviders
from bankcore.payments.ports import PaymentQueries, Providers
from bankcore.payments.receive import ReceiveWebhooks
from bankcore.payments.redrive import RedriveNotices
from bankcore.payments.release import ReleasePayments
from bankcore.payments.review import ReviewPayments
from bankcore_infra.capability import Makers, TenantParts
from bankcore_infra.payments.circuits import circuits_of
from bankcore_infra.payments.health import health_checks
from bankcore_infra.payments.unit import SqlPaymentQueries, SqlPaymentUnits
from bankcore_infra.payments.wiring import config_queries_of, configure_of, create_of, providers_of
from bankcore_infra.providers.watching import OrderWatchers


def _providers(parts: TenantParts) -> Providers:
    keys, watchers = parts.shared.get(KeyEncryption), parts.shared.get(OrderWatchers)
    return providers_of(parts.transactions, parts.bank, keys, watchers)


def _configure(parts: TenantParts) -> ConfigureProviders:
    return configure_of(parts.transactions, parts.bank, parts.shared.get(KeyEncryption))


def _config_queries(parts: TenantParts) -> ProviderConfigQueries:
    return config_queries_of(parts.transactions, parts.shared.get(KeyEncryption))


def _circuits(parts: TenantParts) -> Circuits:
    return circuits_of(parts.bank.redis_url)


def _create(parts: TenantParts) -> CreatePayments:
    return create_of(parts)


def _call_off(parts: TenantParts) -> CallOffPayments:
    units = SqlPaymentUnits(parts.transactions, parts.bank.unit)
    return CallOffPayments(units, ReleasePayments(units, parts.get(Providers)))


def _capture(parts: TenantParts) -> CapturePayments:
    units = SqlPaymentUnits(parts.transactions, parts.bank.unit)
    return CapturePayments(units, parts.get(Providers), parts.get(Circuits))


def _review(parts: TenantParts) -> ReviewPayments:
    return ReviewPayments(SqlPaymentUnits(parts.transactions, parts.bank.unit))


def _receive(parts: TenantParts) -> ReceiveWebhooks:
    return ReceiveWebhooks(SqlPaymentUnits(parts.transactions, parts.bank.unit), parts.get(Providers))


def _redrive(parts: TenantParts) -> RedriveNotices:
    units = SqlPaymentUnits(parts.transactions, parts.bank.unit)
    return RedriveNotices(units, parts.get(PaymentQueries), parts.get(Providers))


def _watch(parts: TenantParts) -> WatchProviders:
    return WatchProviders(
        configs=parts.get(ProviderConfigQueries),
        providers=parts.get(Providers),
        circuits=parts.get(Circuits),
        checks=health_checks(),
    )


def _queries(parts: TenantParts) -> PaymentQueries:
    return SqlPaymentQueries(parts.transactions)


SERVICES: Final[Makers] = {
    Providers: _providers,
    ConfigureProviders: _configure,
    ProviderConfigQueries: _config_queries,
    Circuits: _circuits,
    CreatePayments: _create,
    CallOffPayments: _call_off,
    CapturePayments: _capture,
    ReviewPayments: _review,
    ReceiveWebhooks: _receive,
    RedriveNotices: _redrive,
    PaymentQueries: _queries,
    WatchProviders: _watch,
}
