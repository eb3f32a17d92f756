"""The directory of tenants in PostgreSQL, read where no tenant is set yet."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Connection, Row
from typing_extensions import override

from bankcore.identifiers import TenantId
from bankcore.tenancy.tenants import Tenant, TenantDirectory, TenantKind, TenantStatus
from bankcore_infra.db.engine import Database

_FIND: Final = "SELECT id, slug, name, kind, status FROM bankcore.tenants WHERE slug = %s"
_GET: Final = "SELECT id, slug, name, kind, status FROM bankcore.tenants WHERE id = %s"
_LIST: Final = "SELECT id, slug, name, kind, status FROM bankcore.tenants ORDER BY slug"
_ADD: Final = """
    INSERT INTO bankcore.tenants (id, slug, name, kind) VALUES (%s, %s, %s, %s)
    ON CONFLICT ON CONSTRAINT tenants_slug_key DO NOTHING
"""


class SqlTenantDirectory(TenantDirectory):
    """All tenants of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @override
    def find_tenant(self, slug: str) -> Tenant | None:
        row = self._database.read(lambda connection: connection.exec_driver_sql(_FIND, (slug,)).one_or_none())
        return None if row is None else _tenant_of(row)

    def get_tenant(self, tenant_id: TenantId) -> Tenant:
        """The tenant with that id, which is known to exist."""
        row = self._database.read(lambda connection: connection.exec_driver_sql(_GET, (tenant_id,)).one())
        return _tenant_of(row)

    @override
    def list_tenants(self) -> Sequence[Tenant]:
        rows = self._database.read(lambda connection: connection.exec_driver_sql(_LIST).all())
        return [_tenant_of(row) for row in rows]


def insert_tenant(connection: Connection, tenant: Tenant) -> bool:
    """Add the tenant; whether its slug was free."""
    return connection.exec_driver_sql(_ADD, (tenant.id, tenant.slug, tenant.name, tenant.kind)).rowcount == 1


def _tenant_of(row: Row[Any]) -> Tenant:
    return Tenant(TenantId(row.id), row.slug, row.name, TenantKind(row.kind), TenantStatus(row.status))
