"""All tenants of an installation, by their rows."""

from collections.abc import Mapping, Sequence

from typing_extensions import override

from bankcore.errors import NotFoundError
from bankcore.identifiers import TenantId
from bankcore.origin import Origin
from bankcore.tenancy.administration import EnsuredTenant, NewTenant, TenantAdministration
from bankcore.tenancy.change_setting import ChangeTenantSetting
from bankcore.tenancy.settings import TENANT_SETTINGS
from bankcore.tenancy.tenants import Tenant, TenantExistsError, TenantStatus
from bankcore_infra.db.engine import Database
from bankcore_infra.db.transactions import OwnTransactions
from bankcore_infra.tenancy.directory import SqlTenantDirectory
from bankcore_infra.tenancy.new_tenant import create_tenant
from bankcore_infra.tenancy.status import change_tenant_status
from bankcore_infra.tenancy.store import SqlTenantSettings, tenant_settings_units
from bankcore_infra.units import UnitParts


class SqlTenantAdministration(TenantAdministration):
    """The tenants of one database; what is done to one is in its own audit log."""

    def __init__(self, database: Database, parts: UnitParts) -> None:
        self._database = database
        self._parts = parts
        self._directory = SqlTenantDirectory(database)

    @override
    def list_tenants(self) -> Sequence[Tenant]:
        return self._directory.list_tenants()

    @override
    def get_tenant(self, slug: str) -> Tenant:
        found = self._directory.find_tenant(slug)
        if found is None:
            raise NotFoundError(resource="tenant", identifier=slug)
        return found

    @override
    def ensure_tenant(self, new: NewTenant, *, origin: Origin) -> EnsuredTenant:
        made = Tenant(TenantId(self._parts.ids.new_id()), new.slug, new.name, new.kind)
        try:
            create_tenant(self._database, made, self._parts.ids, origin=origin)
        except TenantExistsError:
            found = self.get_tenant(new.slug)
            if (found.name, found.kind) != (new.name, new.kind):
                raise
            return EnsuredTenant(found, is_new=False)
        return EnsuredTenant(made, is_new=True)

    @override
    def change_status(self, slug: str, status: TenantStatus, *, reason: str, origin: Origin) -> Tenant:
        found = self.get_tenant(slug)
        change_tenant_status(self._database, found, status, self._parts.ids, reason=reason, origin=origin)
        return self.get_tenant(slug)

    @override
    def list_settings(self, slug: str) -> Mapping[str, str]:
        texts = SqlTenantSettings(self._transactions_of(slug)).list_set()
        return {name: texts.get(name, setting.default) for name, setting in TENANT_SETTINGS.items()}

    @override
    def change_setting(self, slug: str, name: str, text: str | None, *, origin: Origin) -> None:
        units = tenant_settings_units(self._transactions_of(slug), self._parts)
        ChangeTenantSetting(units)(name, text, origin=origin)

    def _transactions_of(self, slug: str) -> OwnTransactions:
        return OwnTransactions(self._database, self.get_tenant(slug).id)
