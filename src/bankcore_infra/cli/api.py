"""`bankcore api`: the HTTP server alone."""

import os
from pathlib import Path

import click
from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings

from bankcore_infra.cli.options import data_dir_option
from bankcore_infra.logs import configure_logging
from bankcore_infra.metrics.folder import share_counts
from bankcore_infra.processes import die_with_parent
from bankcore_infra.settings import Settings, SettingsError, load_settings
from bankcore_infra.sockets import require_free_port

STARTER_VARIABLE = "BANKCORE_STARTER_PID"
_APPLICATION = "bankcore_http.wsgi:create_application"
_STOP_TIMEOUT_S = 20
_HEADER_READ_TIMEOUT_MS = 5_000
_BACKLOG = 1_024
_CONNECTIONS_PER_THREAD = 8


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
    require_free_port(settings.host, settings.port)
    configure_logging(settings.log_level)
    if settings.metrics_token is not None:
        share_counts(settings.data_dir.expanduser().resolve() / "metrics" / str(settings.port))
    click.echo(f"bankcore api listens on http://{settings.host}:{settings.port}", err=True)
    _serve(settings)


def _serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT; requests in flight are answered first (docs/adr/0007)."""
    Granian(
        _APPLICATION,
        address=settings.host,
        port=settings.port,
        interface=Interfaces.WSGI,
        workers=settings.api_workers,
        blocking_threads=settings.api_threads,
        http=HTTPModes.http1,
        backlog=_BACKLOG,
        # Connections that a worker looks at; far more than threads, so that half-sent requests do not hold the service.
        backpressure=settings.api_threads * _CONNECTIONS_PER_THREAD,
        http1_settings=HTTP1Settings(header_read_timeout=_HEADER_READ_TIMEOUT_MS),
        websockets=False,
        respawn_failed_workers=True,
        workers_kill_timeout=_STOP_TIMEOUT_S,
        factory=True,
        log_enabled=False,
    ).serve()
