"""The settings of a tenant by their rows."""

from collections.abc import Mapping
from typing import Final, TypeVar

from typing_extensions import override

from bankcore.tenancy.settings import TenantSetting, TenantSettings, TenantSettingsUnit, TenantSettingsUnits
from bankcore_infra.db.exchange import Statement
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.db.transactions import Transactions
from bankcore_infra.sql_unit import SqlUnit
from bankcore_infra.tenancy.records import RECORDS
from bankcore_infra.units import SqlUnits, UnitParts

T = TypeVar("T")

_GET: Final = Statement("SELECT value FROM bankcore.tenant_settings WHERE tenant_id = $1::uuid AND name = $2::text")
_LIST: Final = Statement("SELECT name, value FROM bankcore.tenant_settings WHERE tenant_id = $1::uuid ORDER BY name")
# The row that two add at once is waited for, and the change then reads what the other one made of it.
_ADD: Final = """
    INSERT INTO bankcore.tenant_settings (tenant_id, name) VALUES (%s, %s)
    ON CONFLICT ON CONSTRAINT tenant_settings_pkey DO NOTHING
"""
_CHANGE: Final = """
    UPDATE bankcore.tenant_settings SET previous_value = value, value = %s
    WHERE tenant_id = %s AND name = %s AND value IS DISTINCT FROM %s
    RETURNING previous_value
"""


class SqlTenantSettingsUnit(SqlUnit, TenantSettingsUnit):
    """The settings of one tenant inside one transaction."""

    @override
    def swap_setting(self, name: str, text: str | None) -> str | None:
        connection, tenant_id = self._connection.sql, self._connection.tenant_id
        connection.exec_driver_sql(_ADD, (tenant_id, name))
        changed = connection.exec_driver_sql(_CHANGE, (text, tenant_id, name, text)).one_or_none()
        if changed is None:
            return text
        before: str | None = changed.previous_value
        return before


def tenant_settings_units(transactions: Transactions, parts: UnitParts) -> TenantSettingsUnits:
    """Units of work of settings, in transactions of one tenant."""
    return SqlUnits(transactions, parts.signals, lambda connection: SqlTenantSettingsUnit(connection, parts, RECORDS))


def read_setting(connection: TenantConnection, setting: TenantSetting[T]) -> T:
    """The value of the setting, for a transaction that is under way."""
    rows = connection.ask(_GET, connection.tenant_id, setting.name)
    return setting.read(rows[0][0] if rows else None)


class SqlTenantSettings(TenantSettings):
    """The settings of one tenant, each read by a statement of its own."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    @override
    def get_setting(self, setting: TenantSetting[T]) -> T:
        _as_of, rows = self._transactions.ask(_GET, self._transactions.tenant_id, setting.name)
        return setting.read(rows[0][0] if rows else None)

    @override
    def list_set(self) -> Mapping[str, str]:
        _as_of, rows = self._transactions.ask(_LIST, self._transactions.tenant_id)
        return {name: value for name, value in rows if value is not None}
