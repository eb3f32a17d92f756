"""Commit order on PostgreSQL: by transaction number, up to the horizon below which everything has ended.

Ids and times tell when a transaction began, not when it was committed. Every number below the oldest one still at work
has ended, and later transactions get larger numbers; so what is read below that horizon stays as it was read.
"""

from typing import Any, Final

from sqlalchemy import Row
from typing_extensions import override

from bankcore.audit.commit_order import CommitOrder, CommitPosition, FinalBatch, FinalRecord
from bankcore_infra.db.tenant_connection import TenantConnection

_HORIZON: Final = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text"
# The number is read as text, and a bare `xid` in ORDER BY would be that text, in which 1000 comes before 999.
# What a restored database already sealed under its old numbers is met again when the new numbers reach them.
_IN_BATCH: Final = """
    FROM bankcore.audit_log AS log
    WHERE log.tenant_id = %s AND log.xid >= %s::xid8 AND log.xid < %s::xid8
      AND NOT EXISTS (
          SELECT FROM bankcore.log_leaves AS leaf WHERE leaf.tenant_id = log.tenant_id AND leaf.audit_id = log.id)
    ORDER BY log.tenant_id, log.xid, log.id
"""
_BOUNDARY: Final = f"SELECT xid::text {_IN_BATCH} LIMIT 1 OFFSET %s"
_BATCH: Final = f"SELECT xid::text, id, action, account_ids, body {_IN_BATCH}"


class SqlCommitOrder(CommitOrder):
    """The commit order of one tenant's audit log, read in a READ COMMITTED transaction on the primary server."""

    def __init__(self, connection: TenantConnection) -> None:
        """Inside that transaction."""
        self._connection = connection

    @override
    def horizon(self) -> int:
        return int(self._connection.sql.exec_driver_sql(_HORIZON).scalar_one())

    @override
    def read_batch(self, start: int, *, limit: int) -> FinalBatch:
        """What is not in the log yet of those transactions; see `CommitOrder.read_batch`."""
        tenant_id, horizon = self._connection.tenant_id, self.horizon()
        first = self._boundary(start, horizon, 0)
        if first is None:
            return FinalBatch(records=(), upto=horizon, has_more=False)
        boundary = self._boundary(start, horizon, limit)
        # A transaction is never cut in two; one that is larger than a batch is a batch of its own.
        upto = horizon if boundary is None else max(boundary, first + 1)
        rows = self._connection.sql.exec_driver_sql(_BATCH, (tenant_id, str(start), str(upto)))
        return FinalBatch(records=[_record_of(row) for row in rows], upto=upto, has_more=boundary is not None)

    def _boundary(self, start: int, horizon: int, offset: int) -> int | None:
        found = self._connection.sql.exec_driver_sql(
            _BOUNDARY, (self._connection.tenant_id, str(start), str(horizon), offset)
        ).scalar_one_or_none()
        return None if found is None else int(found)


def _record_of(row: Row[Any]) -> FinalRecord:
    return FinalRecord(
        position=CommitPosition(int(row.xid), row.id), action=row.action, account_ids=row.account_ids, body=row.body
    )
