"""Runs one role as a process of its own, with the consumers of the tests: database, redis, role."""

import signal
import sys
import threading

from bankcore_infra.db.engine import Database
from bankcore_infra.work.parts import WorkParts
from bankcore_infra.work.policy import ConsumerPolicy
from bankcore_infra.work.roles import run_scheduler, run_worker
from tests.worlds.workers import RecordingConsumer


def main(url: str, redis_url: str, role: str) -> None:
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda _signal, _frame: stop.set())
    parts = WorkParts(
        database=Database(url, pool_size=8),
        redis_url=redis_url,
        consumers=[RecordingConsumer("recorder"), RecordingConsumer("second")],
        policy=ConsumerPolicy(grace_s=0.5, tries_max=1_000, backoff_first_s=0.05),
    )
    if role == "worker":
        run_worker(parts, threads=4, stop=stop)
    else:
        run_scheduler(parts, stop=stop)


main(sys.argv[1], sys.argv[2], sys.argv[3])
