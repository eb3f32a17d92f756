"""Deletes expired idempotency keys, in small batches."""

from collections.abc import Callable
from typing import Final

from bankcore.idempotency.actions import ANSWERS_FORGOTTEN
from bankcore.identifiers import TenantId
from bankcore_infra.audit.recording.job_records import record_removal
from bankcore_infra.db.engine import Database
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.db.transactions import OwnTransactions
from bankcore_infra.idempotency.locks import delete_expired_keys

BATCH: Final = 5_000


def reap_expired_keys(
    database: Database, tenant_id: TenantId, keep_alive: Callable[[], None] = lambda: None, *, batch: int = BATCH
) -> int:
    """Delete every expired key of the tenant, a batch in each transaction. Returns how many."""
    transactions, total = OwnTransactions(database, tenant_id), 0
    while True:
        deleted = transactions.run(lambda connection: _reap(connection, batch))
        total += deleted
        if deleted < batch:
            return total
        keep_alive()


def _reap(connection: TenantConnection, batch: int) -> int:
    deleted = delete_expired_keys(connection.sql, connection.tenant_id, limit=batch)
    record_removal(connection, ANSWERS_FORGOTTEN, deleted, job="idempotency_reaper")
    return deleted
