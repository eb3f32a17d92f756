"""The worker: takes what the broker tells of - consumers that are behind, and jobs - in threads, until told to stop."""

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

# An idle worker asks the broker so often; what comes meanwhile waits for that long at most.
_IDLE_MS: Final = 200
_STOP_TIMEOUT_MS: Final = 15_000


class ConsumerWorker:
    """One Dramatiq worker in this process; when it dies, whoever supervises the process starts another."""

    def __init__(
        self, broker: RedisBroker, sender: Sender, follower: Follower, jobs: JobRunner, *, threads: int
    ) -> None:
        """For every consumer that the follower knows, and for jobs."""
        self._broker = broker
        self._follower = follower
        self._worker = Worker(broker, worker_threads=threads, worker_timeout=_IDLE_MS)
        # No more than can be at work at once: what is fetched and not begun waits until a dead worker is found out.
        self._worker.queue_prefetch = threads
        self._worker.delay_prefetch = 1
        for name in follower.consumers:
            self._add_actor(queue_name(name), consuming(follower, sender, name))
        self._add_actor(JOBS_QUEUE, _running(jobs))

    def _add_actor(self, name: str, function: Callable[..., None]) -> None:
        Actor(function, broker=self._broker, actor_name=name, queue_name=name, priority=0, options={})

    def start(self) -> None:
        """Begin to work, in threads of its own."""
        self._worker.start()

    def stop(self) -> None:
        """Finish what is begun and return the rest to the broker, in bounded time."""
        self._follower.stop()
        self._worker.stop(timeout=_STOP_TIMEOUT_MS)
        self._broker.close()


def consuming(follower: Follower, sender: Sender, consumer: str) -> Callable[[str], None]:
    """An actor that raises nothing: what there is to do is known in PostgreSQL, and whoever looks finds it."""

    def consume(tenant: str) -> None:
        tenant_id = TenantId(UUID(tenant))
        try:
            try:
                goes_on = follower.follow(tenant_id, consumer)
            finally:
                # Not before: what comes while this goes on is read by it, and another message would find nobody free.
                sender.mark_read(tenant_id, consumer)
            # Of what came in between nobody was told.
            if goes_on or follower.follow(tenant_id, consumer):
                sender.ring(tenant_id, consumer)
        except Exception as error:  # noqa: BLE001 - the message has done its part
            _LOG.warning(LogMessage("consumer turn ended early", error=type(error).__name__, consumer=consumer))

    return consume


def _running(jobs: JobRunner) -> Callable[[str, str, str, int], None]:
    """An actor that raises nothing, for jobs."""

    def run(tenant: str, job: str, slot: str, attempt: int) -> None:
        try:
            jobs.run(TenantId(UUID(tenant)), job, datetime.fromisoformat(slot), attempt)
        except Exception as error:  # noqa: BLE001 - the message has done its part; the lease brings another one
            _LOG.warning(LogMessage("job left to its lease", error=type(error).__name__, job=job))

    return run
