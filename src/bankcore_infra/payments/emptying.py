"""Empties what providers told us of that nobody works on any more, portion by portion."""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from bankcore.identifiers import TenantId
from bankcore.payments.actions import NOTICES_EMPTIED
from bankcore_infra.audit.recording.job_records import record_removal
from bankcore_infra.db.engine import Database
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.db.transactions import OwnTransactions

KEPT_IN_VAIN: Final = timedelta(days=30)
"""How long a body is kept that was tried ten times: somebody may find out why, and have it tried again."""
BATCH: Final = 1_000
# Materialized, or a plan may look for the portion anew for each notice that there is, and take all.
_EMPTY: Final = """
    WITH done AS MATERIALIZED (
        SELECT tenant_id, config_id, digest FROM bankcore.provider_notices
        WHERE tenant_id = %s AND due_at IS NULL AND body <> ''
          AND (ended_at IS NOT NULL OR received_at < now() - %s::interval)
        ORDER BY received_at LIMIT %s)
    UPDATE bankcore.provider_notices AS notice SET body = '' FROM done
    WHERE notice.tenant_id = done.tenant_id AND notice.config_id = done.config_id AND notice.digest = done.digest
"""


def empty_notices(
    database: Database, tenant_id: TenantId, keep_alive: Callable[[], None] = lambda: None, *, batch: int = BATCH
) -> int:
    """Empty the bodies of notices that were ended, or tried in vain 30 days ago. Returns how many."""
    transactions, total = OwnTransactions(database, tenant_id), 0
    while emptied := transactions.run(lambda connection: _empty(connection, batch)):
        total += emptied
        keep_alive()
    return total


def _empty(connection: TenantConnection, batch: int) -> int:
    parameters = (connection.tenant_id, KEPT_IN_VAIN, batch)
    emptied = connection.sql.exec_driver_sql(_EMPTY, parameters).rowcount
    record_removal(connection, NOTICES_EMPTIED, emptied, job="notice_emptying")
    return emptied
