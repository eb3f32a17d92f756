"""API keys by their rows."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from typing_extensions import override

from bankcore.api_keys.keys import ApiKey, ApiKeyId, ServiceId
from bankcore.api_keys.ports import ApiKeyQueries, ApiKeyUnit, ApiKeyUnits
from bankcore.permissions import Permission
from bankcore_infra.api_keys.locks import lock_api_key
from bankcore_infra.api_keys.records import RECORDS
from bankcore_infra.db import arrays
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.db.transactions import Transactions
from bankcore_infra.identifiers import ID_LAST
from bankcore_infra.sql_unit import SqlUnit
from bankcore_infra.units import SqlUnits, UnitParts

_ADD: Final = """
    INSERT INTO bankcore.api_keys (
        tenant_id, id, service_id, created_at, expires_at, digest, name, hint, scopes, networks)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s::text[], %s::text[])
"""
_FIND: Final = "SELECT * FROM bankcore.api_keys WHERE tenant_id = %s AND id = %s"
_FIND_BY: Final = "SELECT * FROM bankcore.api_keys WHERE tenant_id = %s AND digest = %s"
_END: Final = "UPDATE bankcore.api_keys SET expires_at = %s, revoked_at = %s WHERE tenant_id = %s AND id = %s"
_LIST: Final = "SELECT * FROM bankcore.api_keys WHERE tenant_id = %s AND id < %s ORDER BY id DESC LIMIT %s"


class SqlApiKeyUnit(SqlUnit, ApiKeyUnit):
    """Keys of one tenant inside one transaction."""

    @override
    def add_key(self, key: ApiKey, digest: bytes) -> None:
        row = (key.id, key.service_id, key.created_at, key.expires_at, digest, key.name, key.hint)
        lists = (arrays.texts(sorted(key.scopes)), arrays.texts(key.networks))
        self._connection.sql.exec_driver_sql(_ADD, (self._connection.tenant_id, *row, *lists))

    @override
    def find_key(self, key_id: ApiKeyId) -> ApiKey | None:
        return self._find(_FIND, key_id)

    @override
    def find_key_by(self, digest: bytes) -> ApiKey | None:
        return self._find(_FIND_BY, digest)

    @override
    def lock_key(self, key_id: ApiKeyId) -> ApiKey | None:
        row = lock_api_key(self._connection.sql, self._connection.tenant_id, key_id)
        return None if row is None else key_of_row(row._mapping)  # noqa: SLF001 - the mapping of a row is public

    @override
    def end_key(self, key: ApiKey) -> None:
        ends = (key.expires_at, key.revoked_at)
        self._connection.sql.exec_driver_sql(_END, (*ends, self._connection.tenant_id, key.id))

    def _find(self, statement: str, by: object) -> ApiKey | None:
        rows = self._connection.sql.exec_driver_sql(statement, (self._connection.tenant_id, by)).mappings()
        return next(map(key_of_row, rows), None)


def api_key_units(transactions: Transactions, parts: UnitParts) -> ApiKeyUnits:
    """Units of work of API keys, in transactions of one tenant."""
    return SqlUnits(transactions, parts.signals, lambda connection: SqlApiKeyUnit(connection, parts, RECORDS))


class SqlApiKeyQueries(ApiKeyQueries):
    """The keys of one tenant."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    @override
    def list_keys(self, *, before: ApiKeyId | None = None, limit: int) -> Sequence[ApiKey]:
        def find(connection: TenantConnection) -> Sequence[ApiKey]:
            rows = connection.sql.exec_driver_sql(_LIST, (connection.tenant_id, before or ID_LAST, limit))
            return [key_of_row(row) for row in rows.mappings()]

        return self._transactions.rehearse(find)


def key_of_row(row: Mapping[Any, Any]) -> ApiKey:
    """The key in a row. A scope that is no permission any more is none."""
    return ApiKey(
        id=ApiKeyId(row["id"]),
        service_id=ServiceId(row["service_id"]),
        name=row["name"],
        hint=row["hint"],
        scopes=frozenset(permission for permission in Permission if permission in row["scopes"]),
        networks=tuple(row["networks"]),
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        revoked_at=row["revoked_at"],
        last_used_at=row["last_used_at"],
    )
