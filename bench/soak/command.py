"""`bankcore bench soak`: the long run on the command line."""

import sys
from pathlib import Path
from typing import Any, Final

import click

from bankcore_infra.clock import SystemClock
from bench.screen import progress_bar, show, store
from bench.soak.report import lines_about_soak, soak_document, soak_table
from bench.soak.run import NotDrainedError, Wish
from bench.soak.run import soak as run_soak
from bench.soak.stage import RoleEndedError
from bench.world import ended_by_sigterm, world_at

_SHORTEST: Final = 4
"""One window for the warm-up, and one for each third."""


@click.command()
@click.option("--minutes", type=click.FloatRange(min=0.05), default=10.0, show_default=True, help="Length of the run.")
@click.option(
    "--sample", "sample_s", type=click.FloatRange(min=0.5), default=10.0, show_default=True, help="Seconds of a window."
)
@click.option("--rate", type=click.FloatRange(min=0.1), help="Transfers a second [a share of what is reached].")
@click.option("--load", type=click.FloatRange(0.05, 1), default=0.8, show_default=True, help="That share.")
@click.option("--accounts", type=click.IntRange(min=10), default=10_000, show_default=True, help="Accounts.")
@click.option("--workers", type=click.IntRange(min=1), default=1, show_default=True, help="Worker processes.")
@click.option("--database-url", help="A superuser's database on the server to measure [an embedded one is started].")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Store the report as JSON in this file.")
def soak(*, database_url: str | None, out: Path | None, **wished: Any) -> None:
    """Offer a steady load for minutes, with sealing and deliveries beside it; exit code 1 where something grows.

    The load is 80 % of what 32 threads reach with everything at work, or --rate. A server named by --database-url
    needs a Redis or Valkey in BANKCORE_REDIS_URL.
    """
    wish = Wish(**wished)
    if wish.windows < _SHORTEST:
        raise click.UsageError(f"{wish.windows} windows are too few to see growth: {_SHORTEST} at least")
    try:
        with ended_by_sigterm(), progress_bar(wish.windows) as on_step, world_at(database_url) as world:
            if world.redis_url is None:
                raise click.UsageError("workers meet at a Redis or Valkey: name it in BANKCORE_REDIS_URL")
            report = run_soak(world, wish, on_step)
    except (NotDrainedError, RoleEndedError) as error:
        raise click.ClickException(str(error)) from None
    store(soak_document(report, SystemClock().now()), out)
    show(soak_table(report), lines_about_soak(report))
    sys.exit(not report.is_met)
