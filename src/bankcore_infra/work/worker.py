"""The worker: serves the consumers and runs the jobs that the broker tells of, in threads, until told to stop."""

from collections.abc import Callable
from datetime import datetime
from typing import Final
from uuid import UUID

from dramatiq import Actor, Worker
from dramatiq.brokers.redis import RedisBroker

from bankcore.identifiers import TenantId
from bankcore_infra.log_messages import LogMessage, logger_of
from bankcore_infra.work.broker import JOBS_QUEUE, Sender, queue_name
from bankcore_infra.work.follower import Follower
from bankcore_infra.work.jobs import JobRunner

_LOG: Final = logger_of("work")

# An idle worker asks the broker this often, so a message waits that long at most.
_IDLE_MS: Final = 200
_STOP_TIMEOUT_MS: Final = 15_000


class ConsumerWorker:
    """One Dramatiq worker in this process; when the process dies, its supervisor starts another."""

    def __init__(
        self, broker: RedisBroker, sender: Sender, follower: Follower, jobs: JobRunner, *, threads: int
    ) -> None:
        """For every consumer that the follower knows, and for jobs."""
        self._broker = broker
        self._follower = follower
        self._worker = Worker(broker, worker_threads=threads, worker_timeout=_IDLE_MS)
        # No more than the threads can begin: a message that a dead worker fetched waits until its death is noticed.
        self._worker.queue_prefetch = threads
        self._worker.delay_prefetch = 1
        for name in follower.consumers:
            self._add_actor(queue_name(name), consuming(follower, sender, name))
        self._add_actor(JOBS_QUEUE, _running(jobs))

    def _add_actor(self, name: str, function: Callable[..., None]) -> None:
        Actor(function, broker=self._broker, actor_name=name, queue_name=name, priority=0, options={})

    def start(self) -> None:
        """Start the threads."""
        self._worker.start()

    def stop(self) -> None:
        """Finish the work that is begun, and return other messages to the broker, in bounded time."""
        self._follower.stop()
        self._worker.stop(timeout=_STOP_TIMEOUT_MS)
        self._broker.close()


def consuming(follower: Follower, sender: Sender, consumer: str) -> Callable[[str], None]:
    """An actor that never raises: PostgreSQL knows what is left to do, and the next look finds it."""

    def consume(tenant: str) -> None:
        tenant_id = TenantId(UUID(tenant))
        try:
            try:
                goes_on = follower.follow(tenant_id, consumer)
            finally:
                # Only after the turn: the turn reads what comes meanwhile, and another message would find no free
                # thread.
                sender.mark_read(tenant_id, consumer)
            # Records that came between the turn and the mark have no message yet.
            if goes_on or follower.follow(tenant_id, consumer):
                sender.ring(tenant_id, consumer)
        except Exception as error:  # noqa: BLE001 - the message has done its part
            _LOG.warning(LogMessage("consumer turn ended early", error=type(error).__name__, consumer=consumer))

    return consume


def _running(jobs: JobRunner) -> Callable[[str, str, str, int], None]:
    """An actor for jobs that never raises."""

    def run(tenant: str, job: str, slot: str, attempt: int) -> None:
        try:
            jobs.run(TenantId(UUID(tenant)), job, datetime.fromisoformat(slot), attempt)
        except Exception as error:  # noqa: BLE001 - the message has done its part; the lease brings another one
            _LOG.warning(LogMessage("job left to its lease", error=type(error).__name__, job=job))

    return run
