"""Forgets idempotency keys whose time is over, in batches that hold up nobody."""

from collections.abc import Callable
from typing import Final

from bankcore.identifiers import TenantId
from bankcore_infra.db.engine import Database
from bankcore_infra.db.transactions import OwnTransactions
from bankcore_infra.idempotency.locks import delete_expired_keys

BATCH: Final = 5_000


def reap_expired_keys(
    database: Database, tenant_id: TenantId, keep_alive: Callable[[], None] = lambda: None, *, batch: int = BATCH
) -> int:
    """Delete every expired key of the tenant, a batch in each transaction; how many."""
    transactions, total = OwnTransactions(database, tenant_id), 0
    while True:
        deleted = transactions.run(
            lambda connection: delete_expired_keys(connection.sql, connection.tenant_id, limit=batch)
        )
        total += deleted
        if deleted < batch:
            return total
        keep_alive()
