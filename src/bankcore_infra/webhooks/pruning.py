"""Forgets messages with their deliveries and attempts after thirty days, portion by portion."""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from bankcore.identifiers import TenantId
from bankcore.webhooks.actions import DELIVERIES_REMOVED
from bankcore_infra.audit.recording.job_records import record_removal
from bankcore_infra.db.engine import Database
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.db.transactions import OwnTransactions

KEPT: Final = timedelta(days=30)
BATCH: Final = 1_000
# What is still owed stays, however old: its endpoint is disabled, or it was just made due.
_PRUNE: Final = """
    DELETE FROM bankcore.webhook_messages WHERE tenant_id = %s AND event_id = ANY(ARRAY(
        SELECT message.event_id FROM bankcore.webhook_messages AS message
        WHERE message.tenant_id = %s AND message.occurred_at < now() - %s::interval AND NOT EXISTS (
            SELECT FROM bankcore.webhook_deliveries AS owed
            WHERE owed.tenant_id = message.tenant_id AND owed.event_id = message.event_id AND owed.next_at IS NOT NULL)
        ORDER BY message.occurred_at LIMIT %s))
"""


def prune_webhooks(
    database: Database,
    tenant_id: TenantId,
    keep_alive: Callable[[], None] = lambda: None,
    *,
    older_than: timedelta = KEPT,
    batch: int = BATCH,
) -> int:
    """Delete messages of longer ago than that which are owed to nobody. Returns how many."""
    transactions, total = OwnTransactions(database, tenant_id), 0
    while deleted := transactions.run(lambda connection: _prune(connection, older_than, batch)):
        total += deleted
        keep_alive()
    return total


def _prune(connection: TenantConnection, older_than: timedelta, batch: int) -> int:
    tenant_id = connection.tenant_id
    deleted = connection.sql.exec_driver_sql(_PRUNE, (tenant_id, tenant_id, older_than, batch)).rowcount
    record_removal(connection, DELIVERIES_REMOVED, deleted, job="webhook_pruning")
    return deleted
