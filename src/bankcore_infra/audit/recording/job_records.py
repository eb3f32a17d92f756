"""Audit records of jobs: which job removed old rows."""

from bankcore.actions import Action
from bankcore.events.stamps import Stamp
from bankcore.identifiers import EventId
from bankcore.origin import Origin
from bankcore_infra.audit.recording.context import AuditContexts
from bankcore_infra.audit.recording.records import Deed, append_audit_records, make_record
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.identifiers import RandomIdentifiers


def origin_of_job(name: str) -> Origin:
    """The origin of a daily job, which acts in its own name."""
    return Origin(actor_type="system", actor_id=name)


def record_removal(connection: TenantConnection, action: Action, rows: int, *, job: str) -> None:
    """Record how many rows the job removed in this transaction; nothing if there were none."""
    if rows == 0:
        return
    stamp = Stamp(EventId(RandomIdentifiers().new_id()), connection.tenant_id, connection.opened_at, origin_of_job(job))
    append_audit_records(connection, [make_record(stamp, Deed(action), {"removedRows": rows}, AuditContexts())])
