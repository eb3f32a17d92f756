"""Configurations of providers by their rows; their credentials are in the one store of secrets."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import Row
from typing_extensions import override

from bankcore.errors import NotFoundError
from bankcore.identifiers import AccountId, TenantId
from bankcore.payments.configuration_ports import Credentials, ProviderConfigQueries, ProviderConfigUnit
from bankcore.payments.configurations import ProviderConfig, ProviderConfigId
from bankcore.payments.ports import OrderBasis
from bankcore_infra.db.exchange import Rows, Sent, Statement
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.db.transactions import Transactions
from bankcore_infra.encryption.secret_store import SecretStore
from bankcore_infra.ledger.reading import SELECT_ACCOUNTS, account_in
from bankcore_infra.payments.locks import lock_provider_config
from bankcore_infra.payments.records import RECORDS
from bankcore_infra.sql_unit import SqlUnit
from bankcore_infra.units import SqlUnits, UnitParts

PURPOSE: Final = "provider"
"""What the credentials are for, in the one store of secrets."""
_ADD: Final = """
    INSERT INTO bankcore.provider_configs (
        tenant_id, id, created_at, priority, weight, version, is_enabled, name, provider, hint)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
_UPDATE: Final = """
    UPDATE bankcore.provider_configs SET priority = %s, weight = %s, version = %s, is_enabled = %s, hint = %s
    WHERE tenant_id = %s AND id = %s
"""
_FIND: Final = "SELECT * FROM bankcore.provider_configs WHERE tenant_id = %s AND id = %s"
_FIND_NAMED: Final = "SELECT * FROM bankcore.provider_configs WHERE tenant_id = %s AND name = %s"
_LIST: Final = Statement("""
    SELECT id, name, provider, created_at, priority, weight, is_enabled, version, hint
    FROM bankcore.provider_configs
    WHERE tenant_id = $1::uuid ORDER BY priority, id
""")
# Each payment asks this. An account that is not there, and a tenant without configurations, are columns without values.
_BASIS: Final = Statement(f"""
    SELECT config.id, config.name, config.provider, config.created_at, config.priority, config.weight,
           config.is_enabled, config.version, config.hint, account.*
    FROM (VALUES ($1::uuid, $2::uuid)) AS wanted (tenant_id, account_id)
    LEFT JOIN ({SELECT_ACCOUNTS} WHERE tenant_id = $1::uuid AND id = $2::uuid) AS account ON true
    LEFT JOIN bankcore.provider_configs AS config ON config.tenant_id = wanted.tenant_id AND config.is_enabled
    ORDER BY config.priority, config.id
""")  # noqa: S608 - made of constants


class SqlProviderConfigUnit(SqlUnit, ProviderConfigUnit):
    """Configurations of one tenant inside one transaction."""

    def __init__(self, connection: TenantConnection, parts: UnitParts, secrets: SecretStore) -> None:
        super().__init__(connection, parts, RECORDS)
        self._secrets = secrets

    @override
    def new_id(self) -> UUID:
        return self._parts.ids.new_id()

    @override
    def add_config(self, config: ProviderConfig) -> None:
        named = (config.id, config.created_at, config.priority, config.weight, config.version, config.is_enabled)
        told = (config.name, config.provider, config.hint)
        self._connection.sql.exec_driver_sql(_ADD, (self._connection.tenant_id, *named, *told))

    @override
    def find_config(self, config_id: ProviderConfigId) -> ProviderConfig | None:
        return _find(self._connection, _FIND, config_id)

    @override
    def find_config_named(self, name: str) -> ProviderConfig | None:
        return _find(self._connection, _FIND_NAMED, name)

    @override
    def lock_config(self, config_id: ProviderConfigId) -> ProviderConfig | None:
        row = lock_provider_config(self._connection.sql, self._connection.tenant_id, config_id)
        return None if row is None else _config_of(row)

    @override
    def update_config(self, config: ProviderConfig) -> None:
        stands = (config.priority, config.weight, config.version, config.is_enabled, config.hint)
        self._connection.sql.exec_driver_sql(_UPDATE, (*stands, self._connection.tenant_id, config.id))

    @override
    def keep_credentials(self, config_id: ProviderConfigId, credentials: Credentials) -> None:
        self._secrets.keep(self._connection, PURPOSE, config_id, json.dumps(dict(credentials)).encode())


class SqlProviderConfigUnits(SqlUnits[SqlProviderConfigUnit]):
    """Units of work of configurations, in transactions of one tenant."""

    def __init__(self, transactions: Transactions, parts: UnitParts, secrets: SecretStore) -> None:
        super().__init__(
            transactions, parts.signals, lambda connection: SqlProviderConfigUnit(connection, parts, secrets)
        )


class SqlProviderConfigQueries(ProviderConfigQueries):
    """The configurations of one tenant; `find_credentials` is for whoever speaks to the provider."""

    def __init__(self, transactions: Transactions, secrets: SecretStore) -> None:
        self._transactions = transactions
        self._secrets = secrets

    @override
    def list_configs(self) -> Sequence[ProviderConfig]:
        _as_of, rows = self._transactions.ask(_LIST, self._transactions.tenant_id)
        return [_config_of(_ConfigRow(*row)) for row in rows]

    def get_config(self, config_id: ProviderConfigId) -> ProviderConfig:
        """The configuration. Raises: NotFoundError."""
        config = self._transactions.rehearse(lambda connection: _find(connection, _FIND, config_id))
        if config is None:
            raise NotFoundError(resource="provider_config", identifier=str(config_id))
        return config

    def find_credentials(self, config_id: ProviderConfigId) -> Mapping[str, str]:
        """Its credentials. Raises: UnreadableSecretError."""
        stored = self._transactions.rehearse(lambda connection: self._secrets.find(connection, PURPOSE, config_id))
        credentials: Mapping[str, str] = {} if stored is None else json.loads(stored)
        return credentials


def finding_basis(tenant_id: TenantId, account_id: AccountId) -> Sent:
    """Reads what an order for that account depends on."""
    return Sent(_BASIS, (tenant_id, account_id))


def basis_in(rows: Rows) -> OrderBasis:
    """What `finding_basis` has found."""
    width = len(_ConfigRow._fields)
    account = rows[0][width:]
    enabled = [_config_of(_ConfigRow(*row[:width])) for row in rows if row[0] is not None]
    return OrderBasis(None if account[0] is None else account_in(account), enabled)


def _find(connection: TenantConnection, statement: str, by: object) -> ProviderConfig | None:
    row = connection.sql.exec_driver_sql(statement, (connection.tenant_id, by)).one_or_none()
    return None if row is None else _config_of(row)


def _config_of(row: "Row[Any] | _ConfigRow") -> ProviderConfig:
    return ProviderConfig(
        id=ProviderConfigId(row.id),
        name=row.name,
        provider=row.provider,
        created_at=row.created_at,
        priority=row.priority,
        weight=row.weight,
        is_enabled=row.is_enabled,
        version=row.version,
        hint=row.hint,
    )


class _ConfigRow(NamedTuple):
    """What `_LIST` asks for."""

    id: UUID
    name: str
    provider: str
    created_at: datetime
    priority: int
    weight: int
    is_enabled: bool
    version: int
    hint: str
