"""Suspends tenants and resumes them: the row, and the record in the tenant's own log, in one transaction."""

from typing import Final

from bankcore.actions import Subject
from bankcore.events.stamps import Stamp
from bankcore.identifiers import EventId, IdentifierSource
from bankcore.origin import Origin
from bankcore.tenancy.actions import TENANT_RESUMED, TENANT_SUSPENDED
from bankcore.tenancy.tenants import Tenant, TenantStatus
from bankcore_infra.audit.recording.context import AuditContexts
from bankcore_infra.audit.recording.records import Deed, append_audit_records, make_record
from bankcore_infra.db.engine import Database
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.db.transactions import OwnTransactions

_CHANGE: Final = "UPDATE bankcore.tenants SET status = %s WHERE id = %s AND status <> %s"
_ACTIONS: Final = {TenantStatus.SUSPENDED: TENANT_SUSPENDED, TenantStatus.ACTIVE: TENANT_RESUMED}


def change_tenant_status(
    database: Database, tenant: Tenant, status: TenantStatus, ids: IdentifierSource, *, reason: str, origin: Origin
) -> bool:
    """Set the status, and record who did it and why; False if it was this one already.

    Raises:
        UnavailableError: nothing was recorded.
        OutcomeUnknownError: the connection was lost during COMMIT; a repeat does no harm.
    """

    def work(unit: TenantConnection) -> bool:
        if unit.sql.exec_driver_sql(_CHANGE, (status, tenant.id, status)).rowcount == 0:
            return False
        stamp = Stamp(EventId(ids.new_id()), tenant.id, unit.opened_at, origin)
        deed = Deed(_ACTIONS[status], subject=Subject("tenant", tenant.id))
        append_audit_records(unit, [make_record(stamp, deed, {"reason": reason}, AuditContexts())])
        return True

    return OwnTransactions(database, tenant.id).run(work, resubmittable=True)
