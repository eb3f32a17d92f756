from bankcore_infra.settings import SettingsError
from bankcore_infra.wiring import Bank, TenantBank, open_bank

__all__ = ["Bank", "SettingsError", "TenantBank", "open_bank"]
