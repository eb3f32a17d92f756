"""A new tenant: its row, and the first record of its log, in one transaction."""

from typing import Final

from sqlalchemy import Connection

from bankcore.actions import Subject
from bankcore.events.stamps import Stamp
from bankcore.identifiers import EventId, IdentifierSource, TenantId
from bankcore.origin import Origin
from bankcore.tenancy.actions import TENANT_CREATED
from bankcore.tenancy.tenants import Tenant, TenantExistsError, TenantKind
from bankcore_infra.audit.recording.context import AuditContexts
from bankcore_infra.audit.recording.records import Deed, append_audit_records, make_record
from bankcore_infra.db.engine import Database
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.db.transactions import OwnTransactions
from bankcore_infra.identifiers import RandomIdentifiers
from bankcore_infra.tenancy.directory import insert_tenant

DEFAULT_TENANT: Final = "main"
_INSTALLATION: Final = Origin(actor_type="system", actor_id="installation")


def create_tenant(database: Database, tenant: Tenant, ids: IdentifierSource, *, origin: Origin) -> None:
    """Add the tenant, and record who made it. A refusal is not recorded: there is no log to record it in.

    Raises:
        TenantExistsError: the slug is taken.
        UnavailableError: nothing was recorded.
        OutcomeUnknownError: the connection was lost during COMMIT.
    """
    if not OwnTransactions(database, tenant.id).run(lambda unit: _add(unit, tenant, ids, origin)):
        raise TenantExistsError(slug=tenant.slug)


def create_default_tenant(connection: Connection) -> None:
    """Make the tenant that people belong to when they name none, unless it is there already.

    It is made on a connection of the owner, whose login is the first to be there.
    """
    ids = RandomIdentifiers()
    tenant = Tenant(TenantId(ids.new_id()), DEFAULT_TENANT, "Main", TenantKind.LIVE)
    unit = TenantConnection(connection, tenant.id)
    _add(unit, tenant, ids, _INSTALLATION)
    unit.commit()


def _add(unit: TenantConnection, tenant: Tenant, ids: IdentifierSource, origin: Origin) -> bool:
    """Add the tenant and its record; whether its slug was free."""
    if not insert_tenant(unit.sql, tenant):
        return False
    stamp = Stamp(EventId(ids.new_id()), tenant.id, unit.opened_at, origin)
    facts = {"tenantCreated": {"slug": tenant.slug, "name": tenant.name, "kind": tenant.kind}}
    deed = Deed(TENANT_CREATED, subject=Subject("tenant", tenant.id))
    append_audit_records(unit, [make_record(stamp, deed, facts, AuditContexts())])
    return True
