"""Tenants as a capability: what is set for one of them, and who changes it."""

from typing import Final

from bankcore.tenancy.change_setting import ChangeTenantSetting
from bankcore.tenancy.settings import TenantSettings
from bankcore_infra.capability import Capability, TenantParts


def _settings(parts: TenantParts) -> TenantSettings:
    from bankcore_infra.tenancy.store import SqlTenantSettings

    return SqlTenantSettings(parts.transactions)


def _change_setting(parts: TenantParts) -> ChangeTenantSetting:
    from bankcore_infra.tenancy.store import tenant_settings_units

    return ChangeTenantSetting(tenant_settings_units(parts.transactions, parts.bank.unit))


TENANCY: Final = Capability(name="tenancy", services={TenantSettings: _settings, ChangeTenantSetting: _change_setting})
