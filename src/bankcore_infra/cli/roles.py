"""`bankcore worker` and `bankcore scheduler`: the roles that work behind the API."""

import os
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

import click

from bankcore_infra.audit.sealing.wiring import SealingService
from bankcore_infra.cli.options import data_dir_option
from bankcore_infra.environment import load_settings
from bankcore_infra.installation import open_external
from bankcore_infra.log_messages import logger_of
from bankcore_infra.logs import configure_logging
from bankcore_infra.processes import (
    STARTER_VARIABLE,
    collect_seldom,
    die_with_parent,
    keep_what_is_loaded,
    open_files_limit,
)
from bankcore_infra.schedule import Tick
from bankcore_infra.settings import Settings
from bankcore_infra.tenancy.directory import SqlTenantDirectory
from bankcore_infra.wiring import Bank
from bankcore_infra.work.duties import Duties, Duty, DutyState
from bankcore_infra.work.roles import run_scheduler, run_worker

_LOG: Final = logger_of("cli")

_SEALING_INTERVAL_S: Final = 1.0


@click.command()
@click.option("--threads", type=int, help="How much is done at once [BANKCORE_WORKER_THREADS, default 8].")
@data_dir_option
def worker(threads: int | None, data_dir: Path | None) -> None:
    """Take events to their consumers and run jobs, until SIGTERM or Ctrl-C.

    On the servers of BANKCORE_DATABASE_URL and BANKCORE_REDIS_URL. Start as many as you like; when one is killed, the
    others do its work as soon as its lease is over. `bankcore up` does this too.
    """
    settings = load_settings(worker_threads=threads, data_dir=data_dir)
    with _until_told(settings) as (bank, stop):
        keep_what_is_loaded()
        collect_seldom()
        # Each webhook that is on its way has a connection, and each server that is told often has some kept open.
        open_files_limit()
        run_worker(bank.work_parts, threads=settings.worker_threads, stop=stop)


@click.command()
@data_dir_option
def scheduler(data_dir: Path | None) -> None:
    """Seal the audit log, and send what is owed and due to the workers, until SIGTERM or Ctrl-C.

    On the servers of BANKCORE_DATABASE_URL and BANKCORE_REDIS_URL, and as BANKCORE_SEALER_DATABASE_URL. A second one
    does no harm. `bankcore up` does this too.
    """
    settings = load_settings(data_dir=data_dir)
    with _until_told(settings) as (bank, stop), _sealing(bank, settings) as ticks:
        keep_what_is_loaded()
        run_scheduler(replace(bank.work_parts, ticks=ticks), stop=stop)


@contextmanager
def _sealing(bank: Bank, settings: Settings) -> Iterator[Sequence[Tick]]:
    """The sealer's tick; without an address of the sealing role, a tick that tells that nothing is sealed."""
    duties = Duties(bank.installation.redis_url)
    if bank.installation.sealer_url is None:
        _LOG.warning("BANKCORE_SEALER_DATABASE_URL is not set: this scheduler seals nothing")
        yield (Tick(name="no sealing", interval_s=_SEALING_INTERVAL_S, run=lambda: _tell_off(duties)),)
        return
    with closing(SealingService.open(bank.installation, settings, SqlTenantDirectory)) as service:
        yield (Tick(name="sealing", interval_s=_SEALING_INTERVAL_S, run=lambda: _seal(service, duties)),)


def _seal(service: SealingService, duties: Duties) -> None:
    is_sealed, publication = service.tick(), service.publication
    duties.tell(Duty.SEALING, DutyState.OK if is_sealed else DutyState.FAILING)
    taken = DutyState.FAILING if publication.is_failing else DutyState.OK
    duties.tell(Duty.PUBLICATION, taken if publication.is_wanted else DutyState.OFF)


def _tell_off(duties: Duties) -> None:
    for duty in (Duty.SEALING, Duty.PUBLICATION):
        duties.tell(duty, DutyState.OFF)


@contextmanager
def _until_told(settings: Settings) -> Iterator[tuple[Bank, threading.Event]]:
    """The bank of the settings, and an event that SIGTERM and Ctrl-C set."""
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda _signal, _frame: stop.set())
    signal.signal(signal.SIGINT, lambda _signal, _frame: stop.set())
    if starter := os.environ.get(STARTER_VARIABLE):
        die_with_parent(int(starter))
    configure_logging(settings.log_level)
    pooled = settings.model_copy(update={"pool_size": max(settings.pool_size, settings.worker_threads + 2)})
    with Bank(open_external(settings), pooled) as bank:
        yield bank, stop
