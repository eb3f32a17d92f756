"""Tenants by id and slug, remembered once found, as neither ever changes; and whether one is suspended, read anew."""

from typing import Final
from uuid import UUID

from typing_extensions import override

from bankcore.identifiers import TenantId
from bankcore.identity.ports import TenantNames
from bankcore.identity.principals import TenantName
from bankcore_infra.db.engine import Database

_FIND_BY_SLUG: Final = "SELECT id, slug FROM bankcore.tenants WHERE slug = %s"
_FIND_BY_ID: Final = "SELECT id, slug FROM bankcore.tenants WHERE id = %s"
_IS_SUSPENDED: Final = "SELECT status = 'suspended' FROM bankcore.tenants WHERE id = %s"
_SLUG_LENGTH_MAX: Final = 63


class SqlTenantNames(TenantNames):
    """The tenants of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._by_slug: dict[str, TenantName] = {}
        self._by_id: dict[UUID, TenantName] = {}

    @override
    def find_by_slug(self, slug: str) -> TenantName | None:
        if not slug.isascii() or not slug.isprintable() or len(slug) > _SLUG_LENGTH_MAX:
            return None
        return self._by_slug.get(slug) or self._load(_FIND_BY_SLUG, slug)

    @override
    def find_by_id(self, tenant_id: TenantId) -> TenantName | None:
        return self._by_id.get(tenant_id) or self._load(_FIND_BY_ID, tenant_id)

    @override
    def is_suspended(self, tenant_id: TenantId) -> bool:
        return bool(
            self._database.read(lambda connection: connection.exec_driver_sql(_IS_SUSPENDED, (tenant_id,)).scalar())
        )

    def _load(self, statement: str, name_or_id: str | UUID) -> TenantName | None:
        row = self._database.read(lambda connection: connection.exec_driver_sql(statement, (name_or_id,)).one_or_none())
        if row is None:
            return None
        name = TenantName(TenantId(row.id), row.slug)
        self._by_slug[name.slug] = self._by_id[name.id] = name
        return name
