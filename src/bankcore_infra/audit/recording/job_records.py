"""What the audit log says of jobs: that one of them removed what was kept long enough."""

from bankcore.actions import Action
from bankcore.events.stamps import Stamp
from bankcore.identifiers import EventId
from bankcore.origin import Origin
from bankcore_infra.audit.recording.context import AuditContexts
from bankcore_infra.audit.recording.records import Deed, append_audit_records, make_record
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.identifiers import RandomIdentifiers


def origin_of_job(name: str) -> Origin:
    """A daily job that asks for something in its own name."""
    return Origin(actor_type="system", actor_id=name)


def record_removal(connection: TenantConnection, action: Action, rows: int, *, job: str) -> None:
    """Record that the job removed so many rows in this transaction; nothing if it found none."""
    if rows == 0:
        return
    stamp = Stamp(EventId(RandomIdentifiers().new_id()), connection.tenant_id, connection.opened_at, origin_of_job(job))
    append_audit_records(connection, [make_record(stamp, Deed(action), {"removedRows": rows}, AuditContexts())])
