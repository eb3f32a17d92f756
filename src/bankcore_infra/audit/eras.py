"""Begins a new era of a tenant's log, on a database that is not as it was last sealed, and says so in the log."""

from typing import Final
from uuid import UUID

from bankcore.audit.checkpoints import Note
from bankcore.audit.commit_order import CommitPosition, FinalRecord
from bankcore.audit.merkle import Frontier
from bankcore.identifiers import IdentifierSource
from bankcore.tenancy.tenants import Tenant
from bankcore_infra.audit.account_heads import system_record
from bankcore_infra.audit.canonical import CanonicalValue
from bankcore_infra.audit.commit_order import SqlCommitOrder
from bankcore_infra.audit.last_notes import LastNotes
from bankcore_infra.audit.records import append_audit_records
from bankcore_infra.audit.sealed_log import SealedLog, StoredCheckpoint
from bankcore_infra.audit.sealer import SealingRefusedError, add_records, next_checkpoint, require_sound_head
from bankcore_infra.audit.sealing_keys import SealingKeys
from bankcore_infra.db.engine import Database
from bankcore_infra.db.locking import lock_log, stop_log_writers
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.db.transactions import OwnTransactions

_ROWS_AT_ONCE: Final = 2_000
_LEFT_OVER: Final = """
    SELECT xid::text, id, action, account_ids, body FROM bankcore.audit_log AS log
    WHERE tenant_id = %s AND (xid, id) > (%s::xid8, %s)
      AND NOT EXISTS (
          SELECT FROM bankcore.log_leaves AS leaf WHERE leaf.tenant_id = log.tenant_id AND leaf.audit_id = log.id)
    ORDER BY log.tenant_id, log.xid, log.id LIMIT %s
"""
_SYSTEM: Final = "SELECT system_identifier FROM pg_control_system()"


class EraBeginner:
    """Begins eras, as the owner of the tables, who alone can keep everybody from writing to the audit log meanwhile."""

    def __init__(self, database: Database, keys: SealingKeys, notes: LastNotes, ids: IdentifierSource) -> None:
        """On that database, as the owner role."""
        self._database = database
        self._keys = keys
        self._notes = notes
        self._ids = ids

    def begin_era(self, tenant: Tenant, reason: str) -> Note:
        """Seal what an earlier era left over, after a record of why, with the checkpoints known until now.

        Raises:
            SealingRefusedError: nothing was ever sealed, or the last checkpoint was changed.
            UnavailableError: the audit log was busy for too long; call again.
        """
        transactions = OwnTransactions(self._database, tenant.id)
        note = transactions.run(lambda connection: self._begin_in(connection, tenant, reason))
        self._notes.remember(tenant.id, note)
        return note

    def _begin_in(self, connection: TenantConnection, tenant: Tenant, reason: str) -> Note:
        connection.sql.exec_driver_sql("SET LOCAL statement_timeout = 0")
        lock_log(connection.sql, tenant.id)
        stop_log_writers(connection.sql)
        log, order = SealedLog(connection), SqlCommitOrder(connection)
        head = log.find_head()
        last = self._notes.find(tenant.id)
        if head is None and last is None:
            raise SealingRefusedError(f"tenant {tenant.slug}: nothing was sealed yet, so there is no era to end")
        require_sound_head(tenant, head, self._keys)
        horizon = order.horizon()
        frontier = Frontier() if head is None else Frontier(head.size, head.frontier)
        self._add_era_record(connection, tenant, log, frontier, reason=reason, head=head, last=last)
        position: CommitPosition | None = CommitPosition(0, UUID(int=0))
        while position is not None:
            position = _add_left_over(connection, log, frontier, position)
        note = self._keys.sign(
            next_checkpoint(
                tenant,
                frontier,
                head,
                era=1 + max(head.era if head else 0, last.checkpoint.era if last else 0),
                upto=horizon,
                system_id=int(connection.sql.exec_driver_sql(_SYSTEM).scalar_one()),
                at=connection.opened_at,
            )
        )
        log.add_checkpoint(note, frontier)
        return note

    def _add_era_record(  # noqa: PLR0913 - an era has this many sides
        self,
        connection: TenantConnection,
        tenant: Tenant,
        log: SealedLog,
        frontier: Frontier,
        *,
        reason: str,
        head: StoredCheckpoint | None,
        last: Note | None,
    ) -> None:
        """The era's first leaf: why it began, and the checkpoints it follows, whether the database has them or not."""
        facts: dict[str, CanonicalValue] = {
            "era": {
                "reason": reason,
                "found": None if head is None else head.note,
                "lastSigned": None if last is None else last.text(),
            }
        }
        record = system_record(connection, tenant, self._ids.new_id(), "log.era_begun", facts)
        append_audit_records(connection, [record])
        position = CommitPosition(0, record.id)
        add_records(
            log, frontier, [FinalRecord(position=position, action=record.action, account_ids=(), body=record.body)]
        )


def _add_left_over(
    connection: TenantConnection, log: SealedLog, frontier: Frontier, after: CommitPosition
) -> CommitPosition | None:
    """Add the next records that no era has sealed; the position of the last, None when these were all."""
    rows = connection.sql.exec_driver_sql(
        _LEFT_OVER, (connection.tenant_id, str(after.transaction), after.record_id, _ROWS_AT_ONCE)
    ).all()
    if not rows:
        return None
    records = [
        FinalRecord(position=CommitPosition(int(row.xid), row.id), action=row.action, account_ids=(), body=row.body)
        for row in rows
    ]
    add_records(log, frontier, records)
    return records[-1].position
