"""A new tenant: its row, and the first record of its log, in one transaction."""

from bankcore.actions import Subject
from bankcore.events.stamps import Stamp
from bankcore.identifiers import EventId, IdentifierSource
from bankcore.origin import Origin
from bankcore.tenancy.actions import TENANT_CREATED
from bankcore.tenancy.tenants import Tenant, TenantExistsError
from bankcore_infra.audit.recording.context import AuditContexts
from bankcore_infra.audit.recording.records import Deed, append_audit_records, make_record
from bankcore_infra.db.engine import Database
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.db.transactions import OwnTransactions
from bankcore_infra.tenancy.directory import insert_tenant


def create_tenant(database: Database, tenant: Tenant, ids: IdentifierSource, *, origin: Origin) -> None:
    """Add the tenant, and record who made it. A refusal is not recorded: there is no log to record it in.

    Raises:
        TenantExistsError: the slug is taken.
        UnavailableError: nothing was recorded.
        OutcomeUnknownError: the connection was lost during COMMIT.
    """

    def create(connection: TenantConnection) -> bool:
        if not insert_tenant(connection.sql, tenant):
            return False
        stamp = Stamp(EventId(ids.new_id()), tenant.id, connection.opened_at, origin)
        facts = {"tenantCreated": {"slug": tenant.slug, "name": tenant.name, "kind": tenant.kind}}
        deed = Deed(TENANT_CREATED, subject=Subject("tenant", tenant.id))
        append_audit_records(connection, [make_record(stamp, deed, facts, AuditContexts())])
        return True

    if not OwnTransactions(database, tenant.id).run(create):
        raise TenantExistsError(slug=tenant.slug)
