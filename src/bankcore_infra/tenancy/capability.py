"""Tenants as a capability: what is set for one of them, and who changes it."""

from typing import Final

from bankcore.tenancy.administration import TenantAdministration
from bankcore.tenancy.change_setting import ChangeTenantSetting
from bankcore.tenancy.settings import TenantSettings
from bankcore_infra.capability import BankParts, Capability, TenantParts


def _settings(parts: TenantParts) -> TenantSettings:
    from bankcore_infra.tenancy.store import SqlTenantSettings

    return SqlTenantSettings(parts.transactions)


def _change_setting(parts: TenantParts) -> ChangeTenantSetting:
    from bankcore_infra.tenancy.store import tenant_settings_units

    return ChangeTenantSetting(tenant_settings_units(parts.transactions, parts.bank.unit))


def _administration(parts: BankParts) -> TenantAdministration:
    from bankcore_infra.tenancy.administration import SqlTenantAdministration

    return SqlTenantAdministration(parts.database, parts.unit)


TENANCY: Final = Capability(
    name="tenancy",
    shared={TenantAdministration: _administration},
    services={TenantSettings: _settings, ChangeTenantSetting: _change_setting},
)
