"""The directory of tenants in PostgreSQL, read where no tenant is set yet."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, select
from sqlalchemy.dialects.postgresql import insert as upsert
from typing_extensions import override

from bankcore.identifiers import TenantId
from bankcore.tenancy.tenants import Tenant, TenantDirectory, TenantKind
from bankcore_infra.db.engine import Database
from bankcore_infra.db.tables import TENANTS


class SqlTenantDirectory(TenantDirectory):
    """All tenants of one database."""

    def __init__(self, database: Database) -> None:
        """For that database."""
        self._database = database

    @override
    def find_tenant(self, slug: str) -> Tenant | None:
        statement = select(TENANTS).where(TENANTS.c.slug == slug)
        row = self._database.read(lambda connection: connection.execute(statement).one_or_none())
        return None if row is None else _tenant_of(row)

    @override
    def list_tenants(self) -> Sequence[Tenant]:
        statement = select(TENANTS).order_by(TENANTS.c.slug)
        rows = self._database.read(lambda connection: connection.execute(statement).all())
        return [_tenant_of(row) for row in rows]


def insert_tenant(connection: Connection, tenant: Tenant) -> bool:
    """Add the tenant; whether its slug was free."""
    values = {"id": tenant.id, "slug": tenant.slug, "name": tenant.name, "kind": tenant.kind}
    unless_taken = upsert(TENANTS).values(values).on_conflict_do_nothing(constraint="tenants_slug_key")
    return connection.execute(unless_taken.returning(TENANTS.c.id)).one_or_none() is not None


def _tenant_of(row: Row[Any]) -> Tenant:
    return Tenant(TenantId(row.id), row.slug, row.name, TenantKind(row.kind))
