"""Forgets what consumers have had long ago: nothing that old is owed again."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from bankcore.identifiers import TenantId
from bankcore_infra.db.engine import Database
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.db.transactions import OwnTransactions

KEPT: Final = timedelta(days=30)
BATCH: Final = 5_000
_CONSUMERS: Final = "SELECT consumer FROM bankcore.subscriptions WHERE tenant_id = %s ORDER BY consumer"
# Ids begin with their time, so the primary key finds the old ones and no other index is needed.
_PRUNE: Final = """
    WITH old AS (
        SELECT event_id, account_id FROM bankcore.inbox
        WHERE tenant_id = %s AND consumer = %s AND event_id < %s
        ORDER BY event_id LIMIT %s)
    DELETE FROM bankcore.inbox AS stored USING old
    WHERE stored.tenant_id = %s AND stored.consumer = %s
      AND stored.event_id = old.event_id AND stored.account_id = old.account_id
"""


def prune_inbox(
    database: Database,
    tenant_id: TenantId,
    now: datetime,
    keep_alive: Callable[[], None] = lambda: None,
    *,
    batch: int = BATCH,
) -> int:
    """Delete what happened more than 30 days before `now`, a batch in each transaction; how many rows."""
    transactions, total = OwnTransactions(database, tenant_id), 0
    oldest_kept = _first_id_at(now - KEPT)
    for consumer in transactions.run(_consumers):
        deleted = batch
        while deleted == batch:
            deleted = transactions.run(
                lambda connection: (
                    connection.sql.exec_driver_sql(
                        _PRUNE,
                        (tenant_id, consumer, oldest_kept, batch, tenant_id, consumer),  # noqa: B023 - run at once
                    ).rowcount
                )
            )
            total += deleted
            keep_alive()
    return total


def _consumers(connection: TenantConnection) -> list[str]:
    return [name for (name,) in connection.sql.exec_driver_sql(_CONSUMERS, (connection.tenant_id,))]


def _first_id_at(instant: datetime) -> UUID:
    """The lowest id of version 7 (RFC 9562) that can have been made at that instant."""
    milliseconds = int(instant.timestamp() * 1_000)
    return UUID(int=(milliseconds << 80) | (7 << 76) | (2 << 62))
