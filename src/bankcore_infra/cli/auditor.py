"""The database as the commands of auditors read it."""

from collections.abc import Sequence

from bankcore.errors import NotFoundError
from bankcore.tenancy.tenants import Tenant
from bankcore_infra.db.engine import Database
from bankcore_infra.installation import Installation
from bankcore_infra.tenancy.directory import SqlTenantDirectory


def open_auditor_database(installation: Installation, *, command: str) -> Database:
    """Open the database read-only, as the auditor role where there is one; the server shows the command's name."""
    url = installation.auditor_url or installation.app_url
    return Database(url, pool_size=1, application_name=f"bankcore {command}", reads_only=True)


def tenants_named(database: Database, slug: str | None) -> Sequence[Tenant]:
    """The tenant with that slug, or all for None. Raises: NotFoundError."""
    tenants = [tenant for tenant in SqlTenantDirectory(database).list_tenants() if slug in (None, tenant.slug)]
    if slug is not None and not tenants:
        raise NotFoundError(resource="tenant", identifier=slug)
    return tenants
