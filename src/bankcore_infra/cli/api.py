"""`bankcore api`: the HTTP server alone."""

import importlib
import os
from pathlib import Path

import click
from granian import Granian
from granian.constants import HTTPModes, Interfaces, TaskImpl
from granian.http import HTTP1Settings

from bankcore_infra.cli.options import data_dir_option
from bankcore_infra.debugging import require_no_debugging
from bankcore_infra.environment import load_settings
from bankcore_infra.installation import open_external
from bankcore_infra.loading import loading
from bankcore_infra.logs import configure_logging
from bankcore_infra.metrics.folder import share_counts
from bankcore_infra.processes import STARTER_VARIABLE, die_with_parent, end_at_once_when_told, open_files_limit
from bankcore_infra.settings import Settings, SettingsError
from bankcore_infra.sockets import Listening, find_listening
from bankcore_infra.wiring import Bank

_MODULE = "bankcore_http.wsgi"
_STOP_TIMEOUT_S = 20
_HEADER_READ_TIMEOUT_MS = 5_000
_BACKLOG = 1_024
_CONNECTIONS = 4_096
_FILES_BESIDE_CONNECTIONS = 256


@click.command()
@click.option("--host", help="Address to listen on [BANKCORE_HOST, default 127.0.0.1].")
@click.option("--port", type=int, help="Port to listen on [BANKCORE_PORT, default 8000].")
@data_dir_option
def api(host: str | None, port: int | None, data_dir: Path | None) -> None:
    """Serve HTTP on the database of BANKCORE_DATABASE_URL, until SIGTERM or Ctrl-C.

    Log lines are JSON on standard error. `bankcore up` does this and starts embedded servers too.
    """
    settings = load_settings(host=host, port=port, data_dir=data_dir)
    if starter := os.environ.get(STARTER_VARIABLE):
        die_with_parent(int(starter))
    if settings.database_url is None:
        raise SettingsError("BANKCORE_DATABASE_URL", "not set; `bankcore up` serves on embedded servers")
    listening = find_listening(settings.host, settings.port)
    configure_logging(settings.log_level)
    if settings.metrics_token is not None:
        share_counts(settings.data_dir.resolve() / "metrics" / str(settings.port))
    _require_fit(settings)
    click.echo(f"bankcore api listens on {listening.url}", err=True)
    _serve(settings, listening)


def _require_fit(settings: Settings) -> None:
    """Check what would stop every worker, before one is started, so that it is told in one line. Raises:
    SettingsError.
    """
    require_no_debugging()
    with Bank(open_external(settings), settings) as bank:
        bank.require_fit()


def _serve(settings: Settings, listening: Listening) -> None:
    """Serve until SIGTERM or SIGINT; requests in flight are answered first (docs/adr/0025)."""
    # Loaded once for all workers. A worker must not miss a signal to stop that comes before it serves.
    with loading():
        importlib.import_module(_MODULE)
    os.register_at_fork(after_in_child=end_at_once_when_told)
    Granian(
        f"{_MODULE}:create_served_application",
        address=listening.host,
        port=listening.port,
        interface=Interfaces.ASGINL,
        workers=settings.api_workers,
        task_impl=TaskImpl.asyncio,
        http=HTTPModes.http1,
        backlog=_BACKLOG,
        # How many connections a process holds. Idle and slow ones cost a descriptor and no thread.
        backpressure=max(1, min(_CONNECTIONS, open_files_limit() - _FILES_BESIDE_CONNECTIONS)),
        http1_settings=HTTP1Settings(header_read_timeout=_HEADER_READ_TIMEOUT_MS),
        websockets=False,
        respawn_failed_workers=True,
        workers_kill_timeout=_STOP_TIMEOUT_S,
        factory=True,
        log_enabled=False,
    ).serve()
