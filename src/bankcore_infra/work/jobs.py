"""Jobs: a scheduler claims a slot and sends it, a worker runs it."""

import threading
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from bankcore.clock import Clock
from bankcore.identifiers import TenantId
from bankcore.tenancy.tenants import TenantDirectory, at_work
from bankcore_infra.db.engine import Database
from bankcore_infra.db.transactions import OwnTransactions
from bankcore_infra.log_messages import LogMessage, logger_of
from bankcore_infra.schedule import DailyJob, Tick
from bankcore_infra.work import job_runs
from bankcore_infra.work.broker import Sender

_LOG: Final = logger_of("work")


class JobScheduler:
    """Claims the slots that are due and sends them to the workers; it runs no job itself."""

    def __init__(
        self, database: Database, directory: TenantDirectory, jobs: Sequence[DailyJob], sender: Sender, clock: Clock
    ) -> None:
        self._database = database
        self._directory = directory
        self._jobs = jobs
        self._sender = sender
        self._clock = clock

    def look(self) -> int:
        """Send the runs that are due, and return how many.

        Raises:
            BankcoreError: the database did not answer.
            BrokerError: the broker did not answer; a claimed run is sent again when its lease is over.
        """
        now, names = self._clock.now(), [job.name for job in self._jobs]
        daily = [(job.name, job.latest_slot(now)) for job in self._jobs]
        sent = 0
        for tenant in at_work(self._directory):
            transactions = OwnTransactions(self._database, tenant.id)
            unsent = transactions.rehearse(lambda connection: job_runs.find_unsent(connection, names))
            for name, slot in dict.fromkeys([*daily, *unsent]):
                sent += self._send(transactions, tenant.id, name, slot)
        return sent

    def _send(self, transactions: OwnTransactions, tenant_id: TenantId, name: str, slot: datetime) -> int:
        """Claim the slot and send it. Returns 1, or 0 if it is done or claimed by another scheduler."""
        attempt = transactions.run(lambda connection: job_runs.claim(connection, name, slot))
        if attempt is None:
            return 0
        self._sender.send_job(tenant_id, name, slot, attempt)
        return 1


class JobRunner:
    """Runs what a scheduler sent; a message that comes twice runs the job once."""

    def __init__(self, database: Database, jobs: Sequence[DailyJob]) -> None:
        self._database = database
        self._jobs = {job.name: job for job in jobs}

    def run(self, tenant_id: TenantId, name: str, slot: datetime, attempt: int) -> None:
        """Run the job, and keep in PostgreSQL what became of it."""
        transactions = OwnTransactions(self._database, tenant_id)
        begun = transactions.run(lambda connection: job_runs.begin(connection, name, slot, attempt))
        if begun is None:
            return
        try:
            self._jobs[name].run(
                tenant_id, lambda: transactions.run(lambda connection: job_runs.keep(connection, name, slot, begun))
            )
        except Exception as error:  # noqa: BLE001 - a job may fail in any way, and is tried again
            reason = type(error).__name__
            transactions.run(lambda connection: job_runs.fail(connection, name, slot, begun, reason=reason))
            _LOG.error(LogMessage("job failed", job=name, tenant=str(tenant_id), error=reason))
            return
        transactions.run(lambda connection: job_runs.finish(connection, name, slot, begun))


def run_ticks(tick: Tick, stop: threading.Event) -> None:
    """Repeat the tick until told to stop; a failure is logged, and the tick goes on."""
    while not stop.is_set():
        try:
            tick.run()
        except Exception as error:  # noqa: BLE001 - the loop outlives every server
            _LOG.warning(LogMessage("tick failed; it is repeated", tick=tick.name, error=type(error).__name__))
        stop.wait(tick.interval_s)
