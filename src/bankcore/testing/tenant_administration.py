"""Tenants in memory, as an operator of the installation sees them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bankcore.errors import NotFoundError
from bankcore.identifiers import IdentifierSource, TenantId
from bankcore.origin import Origin
from bankcore.tenancy.administration import EnsuredTenant, NewTenant, TenantAdministration
from bankcore.tenancy.settings import TENANT_SETTINGS, find_setting
from bankcore.tenancy.tenants import Tenant, TenantExistsError, TenantStatus


class InMemoryTenantAdministration(TenantAdministration):
    """The tenants that were made here, and who changed which of them."""

    def __init__(self, ids: IdentifierSource) -> None:
        self._ids = ids
        self._by_slug: dict[str, Tenant] = {}
        self._settings: dict[tuple[str, str], str] = {}
        self.changes: list[tuple[str, Origin]] = []

    def list_tenants(self) -> Sequence[Tenant]:
        return [tenant for _slug, tenant in sorted(self._by_slug.items())]

    def get_tenant(self, slug: str) -> Tenant:
        found = self._by_slug.get(slug)
        if found is None:
            raise NotFoundError(resource="tenant", identifier=slug)
        return found

    def ensure_tenant(self, new: NewTenant, *, origin: Origin) -> EnsuredTenant:
        found = self._by_slug.get(new.slug)
        if found is None:
            made = Tenant(TenantId(self._ids.new_id()), new.slug, new.name, new.kind)
            self._by_slug[new.slug] = made
            self.changes.append((new.slug, origin))
            return EnsuredTenant(made, is_new=True)
        if (found.name, found.kind) != (new.name, new.kind):
            raise TenantExistsError(slug=new.slug)
        return EnsuredTenant(found, is_new=False)

    def change_status(self, slug: str, status: TenantStatus, *, reason: str, origin: Origin) -> Tenant:  # noqa: ARG002
        found = self.get_tenant(slug)
        if found.status is not status:
            self._by_slug[slug] = replace(found, status=status)
            self.changes.append((slug, origin))
        return self._by_slug[slug]

    def list_settings(self, slug: str) -> Mapping[str, str]:
        self.get_tenant(slug)
        return {name: self._settings.get((slug, name), setting.default) for name, setting in TENANT_SETTINGS.items()}

    def change_setting(self, slug: str, name: str, text: str | None, *, origin: Origin) -> None:
        self.get_tenant(slug)
        find_setting(name).read(text)
        before = self._settings.pop((slug, name), None)
        if text is not None:
            self._settings[slug, name] = text
        if before != text:
            self.changes.append((slug, origin))
