"""The roles worker and scheduler: what they are made of, and how long they run."""

import threading
from collections.abc import Sequence
from typing import Final

from bankcore_infra.clock import SystemClock
from bankcore_infra.identifiers import RandomIdentifiers
from bankcore_infra.log_messages import logger_of
from bankcore_infra.schedule import Loop, Tick
from bankcore_infra.tenancy.directory import SqlTenantDirectory
from bankcore_infra.work.broker import RedisSender, open_broker
from bankcore_infra.work.doorbell import DoorbellListener
from bankcore_infra.work.duties import Duties, Duty, DutyState
from bankcore_infra.work.follower import Follower
from bankcore_infra.work.jobs import JobRunner, JobScheduler, run_ticks
from bankcore_infra.work.lookout import Lookout
from bankcore_infra.work.parts import WorkParts
from bankcore_infra.work.relay import Relay, RelayLoop
from bankcore_infra.work.worker import ConsumerWorker

_LOG: Final = logger_of("work")

_LOOK_AT_JOBS_S: Final = 5.0
_STOP_TIMEOUT_S: Final = 15.0


def run_worker(parts: WorkParts, *, threads: int, stop: threading.Event) -> None:
    """Serve consumers, jobs and loops until told to stop; work that is begun is finished."""
    follower = Follower(parts.database, parts.consumers, parts.policy, RandomIdentifiers())
    jobs = JobRunner(parts.database, parts.jobs)
    broker = open_broker(parts.redis_url)
    worker = ConsumerWorker(broker, RedisSender(broker, parts.policy), follower, jobs, threads=threads)
    worker.start()
    _LOG.info("worker is at work")
    _run_until(stop, [Lookout(parts.database, follower, parts.policy).run, *parts.loops])
    worker.stop()


def run_scheduler(parts: WorkParts, *, stop: threading.Event) -> None:
    """Run the relay, send jobs and tick, until told to stop."""
    _LOG.info("scheduler is at work")
    _run_until(stop, [_relay_loop(parts), *(_tick_loop(tick) for tick in (*parts.ticks, _jobs_tick(parts)))])


def _run_until(stop: threading.Event, loops: Sequence[Loop]) -> None:
    threads = [threading.Thread(target=loop, args=(stop,), daemon=True) for loop in loops]
    for thread in threads:
        thread.start()
    stop.wait()
    for thread in threads:
        thread.join(_STOP_TIMEOUT_S)


def _relay_loop(parts: WorkParts) -> Loop:
    sender = RedisSender(open_broker(parts.redis_url), parts.policy)
    listener = DoorbellListener(parts.redis_url)
    duties = Duties(parts.redis_url)
    loop = RelayLoop(
        Relay(parts.database, parts.consumers, sender),
        listener,
        parts.policy,
        tell=lambda is_well: duties.tell(Duty.RELAY, DutyState.OK if is_well else DutyState.FAILING),
    )

    def run(stop: threading.Event) -> None:
        loop.run(stop)
        listener.close()

    return run


def _jobs_tick(parts: WorkParts) -> Tick:
    sender = RedisSender(open_broker(parts.redis_url), parts.policy)
    scheduler = JobScheduler(parts.database, SqlTenantDirectory(parts.database), parts.jobs, sender, SystemClock())
    return Tick(name="jobs", interval_s=_LOOK_AT_JOBS_S, run=scheduler.look)


def _tick_loop(tick: Tick) -> Loop:
    return lambda stop: run_ticks(tick, stop)
