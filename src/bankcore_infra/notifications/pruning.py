"""Forgets deliveries that ended long ago, portion by portion."""

from collections.abc import Callable
from datetime import timedelta
from typing import Final
from uuid import UUID

from bankcore.identifiers import TenantId
from bankcore.notifications.actions import NOTIFICATIONS_REMOVED
from bankcore_infra.audit.recording.job_records import record_removal
from bankcore_infra.db.engine import Database
from bankcore_infra.db.exchange import Statement
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.db.transactions import OwnTransactions
from bankcore_infra.identifiers import ID_FIRST

BATCH: Final = 5_000
# An id begins with the milliseconds of its event, and no delivery ends before its event: younger ids are not read.
_PRUNE: Final = Statement("""
    WITH looked_at AS (
        SELECT id FROM bankcore.notifications
        WHERE tenant_id = $1::uuid AND id > $2::uuid AND id < (lpad(to_hex(floor(
            extract(epoch FROM now() - $3::float8 * interval '1 second') * 1000)::bigint), 12, '0')
            || repeat('0', 20))::uuid
        ORDER BY id LIMIT $4::bigint),
    gone AS (
        DELETE FROM bankcore.notifications AS stored USING looked_at
        WHERE stored.tenant_id = $1::uuid AND stored.id = looked_at.id AND stored.next_at IS NULL
          AND coalesce(stored.ended_at, stored.created_at) < now() - $3::float8 * interval '1 second'
        RETURNING 1)
    SELECT (SELECT count(*) FROM gone), (SELECT id FROM looked_at ORDER BY id DESC LIMIT 1)
""")


def prune_notifications(
    database: Database,
    tenant_id: TenantId,
    keep_alive: Callable[[], None] = lambda: None,
    *,
    older_than: timedelta,
    batch: int = BATCH,
) -> int:
    """Delete deliveries that were sent, skipped or given up longer ago than that, and return how many.

    The database itself refuses to delete deliveries that ended less than 30 days ago or are still to be sent.
    """
    transactions, total, after = OwnTransactions(database, tenant_id), 0, ID_FIRST
    while True:
        deleted, last = transactions.run(
            lambda connection: _prune(connection, after, older_than, batch)  # noqa: B023 - run at once
        )
        total += deleted
        if last is None:
            return total
        after = last
        keep_alive()


def _prune(connection: TenantConnection, after: UUID, older_than: timedelta, batch: int) -> tuple[int, UUID | None]:
    ((deleted, last),) = connection.ask(_PRUNE, connection.tenant_id, after, str(older_than.total_seconds()), batch)
    record_removal(connection, NOTIFICATIONS_REMOVED, deleted, job="notification_pruning")
    return deleted, last
