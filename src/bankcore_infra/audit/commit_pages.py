"""The audit log in the order of its commits: the one place that knows when a row is final.

Ids are made before their transaction commits, so a lower id may appear after a higher one has been read. The number of
a transaction (`xid`) has the same fault, but PostgreSQL also tells the lowest number that is still running: below this
horizon nothing can appear any more.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from bankcore_infra.db.tenant_connection import TenantConnection

# Horizon and rows are of one snapshot: in two statements, a transaction could end between them.
_READ: Final = """
    SELECT pg_snapshot_xmin(now_running)::text::bigint, pg_snapshot_xmax(now_running)::text::bigint,
           found.xid::text::bigint, found.id, found.at, found.action, found.outcome, found.account_ids, found.body
    FROM pg_current_snapshot() AS now_running
    LEFT JOIN LATERAL (
        SELECT xid, id, at, action, outcome, account_ids, body
        FROM bankcore.audit_log
        WHERE tenant_id = %s AND (xid, id) > (%s::text::xid8, %s::uuid) AND xid < pg_snapshot_xmin(now_running)
        ORDER BY xid, id
        LIMIT %s
    ) AS found ON true
"""
_HORIZON: Final = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint"


class CommitPosition(NamedTuple):
    """A place in the order of commits; positions compare as the records do."""

    xid: int
    id: UUID


class CommittedRecord(NamedTuple):
    """A record of the audit log whose place in the order is final."""

    position: CommitPosition
    at: datetime
    action: str
    outcome: str
    account_ids: Sequence[UUID]
    body: bytes


class CommittedPage(NamedTuple):
    """The next records, and how far the reader has now come.

    Every record with a transaction number lower than `read_below` has been read by who goes on from the last record.
    Whatever was committed when the page was read has a number lower than `ends_below`.
    """

    records: Sequence[CommittedRecord]
    read_below: int
    ends_below: int


class CommitOrderLostError(Exception):
    """The database counts transactions lower than a position it gave before: it was restored, or is another one."""


BEGINNING: Final = CommitPosition(0, UUID(int=0))


def read_committed(connection: TenantConnection, after: CommitPosition, *, limit: int) -> CommittedPage:
    """The tenant's next final records after that position, at most `limit`.

    Raises:
        CommitOrderLostError: the position is from another history of the database.
    """
    rows = connection.sql.exec_driver_sql(_READ, (connection.tenant_id, str(after.xid), after.id, limit)).fetchall()
    horizon, ends_below = rows[0][0], rows[0][1]
    if after.xid >= horizon and after != BEGINNING:
        raise CommitOrderLostError(f"position {after.xid} is not below the horizon {horizon}")
    records = [
        CommittedRecord(CommitPosition(row[2], row[3]), row[4], row[5], row[6], row[7], bytes(row[8]))
        for row in rows
        if row[3] is not None
    ]
    is_whole = len(records) < limit
    return CommittedPage(records, horizon if is_whole else records[-1].position.xid, ends_below)


def end_of_commits(connection: TenantConnection) -> CommitPosition:
    """The position after everything that is final now; what is still running comes later than it."""
    horizon = connection.sql.exec_driver_sql(_HORIZON).scalar_one()
    return CommitPosition(horizon - 1, UUID(int=2**128 - 1))
