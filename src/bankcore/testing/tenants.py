"""Tenants in memory: the directory, which also knows each tenant by both its names."""

from collections.abc import Sequence
from dataclasses import replace

from bankcore.identifiers import TenantId
from bankcore.identity.ports import TenantNames
from bankcore.identity.principals import TenantName
from bankcore.tenancy.tenants import Tenant, TenantDirectory, TenantExistsError, TenantStatus


class InMemoryTenantDirectory(TenantDirectory, TenantNames):
    """The tenants that were added."""

    def __init__(self) -> None:
        self._by_slug: dict[str, Tenant] = {}

    def find_tenant(self, slug: str) -> Tenant | None:
        return self._by_slug.get(slug)

    def list_tenants(self) -> Sequence[Tenant]:
        return [tenant for _slug, tenant in sorted(self._by_slug.items())]

    def add(self, tenant: Tenant) -> None:
        """Add the tenant. Raises: TenantExistsError: the slug is taken."""
        if self._by_slug.setdefault(tenant.slug, tenant) is not tenant:
            raise TenantExistsError(slug=tenant.slug)

    def suspend(self, tenant: Tenant) -> None:
        """Suspend the tenant."""
        self._by_slug[tenant.slug] = replace(tenant, status=TenantStatus.SUSPENDED)

    def find_by_slug(self, slug: str) -> TenantName | None:
        tenant = self._by_slug.get(slug)
        return None if tenant is None else TenantName(tenant.id, tenant.slug)

    def find_by_id(self, tenant_id: TenantId) -> TenantName | None:
        return next((TenantName(one.id, one.slug) for one in self._by_slug.values() if one.id == tenant_id), None)

    def is_suspended(self, tenant_id: TenantId) -> bool:
        return any(one.is_suspended for one in self._by_slug.values() if one.id == tenant_id)
