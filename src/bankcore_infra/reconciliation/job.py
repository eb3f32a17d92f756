"""The nightly comparison of every tenant's books with themselves."""

import logging
from datetime import time
from typing import Final

from bankcore.identifiers import TenantId
from bankcore_infra.audit.recording.job_records import origin_of_job
from bankcore_infra.db.engine import Database
from bankcore_infra.identifiers import RandomIdentifiers
from bankcore_infra.log_messages import LogMessage, logger_of
from bankcore_infra.reconciliation.comparison import RECONCILIATION, Reconciliation
from bankcore_infra.schedule import NIGHTLY_ZONE, DailyJob, KeepAlive

_LOG: Final = logger_of("reconciliation")


def reconciliation_job(database: Database) -> DailyJob:
    """The job of each tenant."""

    def reconcile(tenant_id: TenantId, keep_alive: KeepAlive) -> None:
        report = Reconciliation(database, tenant_id, RandomIdentifiers()).run(
            lambda _accounts: keep_alive(), origin=origin_of_job(RECONCILIATION)
        )
        _LOG.log(
            logging.INFO if report.is_clean else logging.CRITICAL,
            LogMessage("books reconciled", tenant=str(tenant_id), run=str(report.run_id), drifts=len(report.drifts)),
        )

    return DailyJob(name=RECONCILIATION, at=time(2, 0), zone=NIGHTLY_ZONE, run=reconcile)
