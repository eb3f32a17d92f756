"""The jobs of every day, at night where most holders live."""

from collections.abc import Sequence
from datetime import time
from typing import Final
from zoneinfo import ZoneInfo

from loguru import logger

from bankcore.identifiers import TenantId
from bankcore_infra.db.engine import Database
from bankcore_infra.idempotency.reaper import reap_expired_keys
from bankcore_infra.identifiers import RandomIdentifiers
from bankcore_infra.identity.pruning import prune_identity
from bankcore_infra.ledger.reconciliation import Reconciliation
from bankcore_infra.schedule import DailyJob, KeepAlive

RECONCILIATION: Final = "reconciliation"
ZONE: Final = ZoneInfo("Asia/Kathmandu")


def daily_jobs(database: Database) -> Sequence[DailyJob]:
    """The jobs of a bank on that database."""

    def reap(tenant_id: TenantId, keep_alive: KeepAlive) -> None:
        reap_expired_keys(database, tenant_id, keep_alive)

    def prune_people(tenant_id: TenantId, keep_alive: KeepAlive) -> None:
        prune_identity(database, tenant_id, keep_alive)

    def reconcile(tenant_id: TenantId, keep_alive: KeepAlive) -> None:
        report = Reconciliation(database, tenant_id, RandomIdentifiers()).run(lambda _accounts: keep_alive())
        bound = logger.bind(tenant=str(tenant_id), run=str(report.run_id), drifts=len(report.drifts))
        bound.log("INFO" if report.is_clean else "CRITICAL", "the books were reconciled")

    return (
        DailyJob(name="idempotency_reaper", at=time(3, 0), zone=ZONE, run=reap),
        DailyJob(name=RECONCILIATION, at=time(2, 0), zone=ZONE, run=reconcile),
        DailyJob(name="identity_pruning", at=time(3, 45), zone=ZONE, run=prune_people),
    )
