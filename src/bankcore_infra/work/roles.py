"""The roles that work: what a worker and a scheduler are made of, and how long they run."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass

from bankcore_infra.db.engine import Database
from bankcore_infra.ids import RandomIdentifiers
from bankcore_infra.tenancy.directory import SqlTenantDirectory
from bankcore_infra.work.broker import RedisSender, open_broker
from bankcore_infra.work.consumers import Consumer
from bankcore_infra.work.deliverer import Deliverer
from bankcore_infra.work.doorbell import DoorbellListener
from bankcore_infra.work.policy import DeliveryPolicy
from bankcore_infra.work.relay import Relay, RelayLoop
from bankcore_infra.work.worker import DeliveryWorker


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkParts:
    """What both roles need."""

    database: Database
    redis_url: str
    consumers: Sequence[Consumer]
    policy: DeliveryPolicy


def run_worker(parts: WorkParts, *, threads: int, stop: threading.Event) -> None:
    """Deliver until told to stop; what is begun is finished first."""
    deliverer = Deliverer(parts.database, parts.consumers, parts.policy)
    worker = DeliveryWorker(open_broker(parts.redis_url), deliverer, threads=threads)
    worker.start()
    stop.wait()
    worker.stop()


def run_relay(parts: WorkParts, *, stop: threading.Event) -> None:
    """Send what is owed until told to stop."""
    sender = RedisSender(open_broker(parts.redis_url))
    relay = Relay(parts.database, parts.consumers, sender, RandomIdentifiers(), parts.policy)
    listener = DoorbellListener(parts.redis_url)
    RelayLoop(relay, SqlTenantDirectory(parts.database), listener, parts.policy).run(stop)
    listener.close()
