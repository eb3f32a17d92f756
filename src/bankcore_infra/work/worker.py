"""The worker: takes deliveries and jobs from the broker, in threads, until it is told to stop."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from dramatiq import Actor, Worker
from dramatiq.brokers.redis import RedisBroker
from loguru import logger

from bankcore.identifiers import TenantId
from bankcore_infra.work.broker import JOBS_QUEUE, queue_name
from bankcore_infra.work.deliverer import Deliverer
from bankcore_infra.work.deliveries import Lease
from bankcore_infra.work.jobs import JobRunner

_IDLE_MS: Final = 1_000
_STOP_TIMEOUT_MS: Final = 15_000


class DeliveryWorker:
    """One Dramatiq worker in this process; when it dies, whoever supervises the process starts another."""

    def __init__(self, broker: RedisBroker, deliverer: Deliverer, jobs: JobRunner, *, threads: int) -> None:
        """For every consumer that the deliverer knows, and for jobs."""
        self._broker = broker
        self._deliverer = deliverer
        self._worker = Worker(broker, worker_threads=threads, worker_timeout=_IDLE_MS)
        # No more than can be at work at once: what is fetched and not begun waits until a dead worker is found out.
        self._worker.queue_prefetch = threads
        self._worker.delay_prefetch = 1
        for consumer in deliverer.consumers:
            name = queue_name(consumer)
            self._add_actor(name, _delivering(deliverer))
        self._add_actor(JOBS_QUEUE, _running(jobs))

    def _add_actor(self, name: str, function: Callable[..., None]) -> None:
        Actor(function, broker=self._broker, actor_name=name, queue_name=name, priority=0, options={})

    def start(self) -> None:
        """Begin to work, in threads of its own."""
        self._worker.start()

    def stop(self) -> None:
        """Finish what is begun and return the rest to the broker, in bounded time."""
        self._deliverer.stop()
        self._worker.stop(timeout=_STOP_TIMEOUT_MS)
        self._broker.close()


def _delivering(deliverer: Deliverer) -> Callable[[str, Sequence[tuple[str, int]]], None]:
    """An actor that raises nothing: what failed is known in PostgreSQL, or its lease runs out."""

    def deliver(tenant: str, leases: Sequence[tuple[str, int]]) -> None:
        try:
            deliverer.deliver(TenantId(UUID(tenant)), [Lease(UUID(name), attempt) for name, attempt in leases])
        except Exception as error:  # noqa: BLE001 - the message has done its part; the lease brings another one
            logger.bind(error=type(error).__name__, deliveries=len(leases)).warning("a message was left to its lease")

    return deliver


def _running(jobs: JobRunner) -> Callable[[str, str, str, int], None]:
    """An actor that raises nothing, for jobs."""

    def run(tenant: str, job: str, slot: str, attempt: int) -> None:
        try:
            jobs.run(TenantId(UUID(tenant)), job, datetime.fromisoformat(slot), attempt)
        except Exception as error:  # noqa: BLE001 - the message has done its part; the lease brings another one
            logger.bind(error=type(error).__name__, job=job).warning("a job was left to its lease")

    return run
