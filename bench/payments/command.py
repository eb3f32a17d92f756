"""`bankcore bench payments`: what a payment costs, on the command line."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import click

from bench.payments.run import measure_payments, steps_of
from bench.screen import progress_bar, store
from bench.world import ended_by_sigterm, world_at

_THREADS: Final = (1, 4, 16)


@click.command()
@click.option("--threads", type=click.IntRange(1, 64), multiple=True, help="That many at once; repeatable [1, 4, 16].")
@click.option("--seconds", type=click.FloatRange(min=0.05), default=2.0, show_default=True, help="Length of a round.")
@click.option("--database-url", help="A superuser's database on the server to measure [an embedded one is started].")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Store the figures as JSON in this file.")
def payments(*, threads: tuple[int, ...], seconds: float, database_url: str | None, out: Path | None) -> None:
    """Measure what a payment costs beside the call of its provider, in turns with deposits, in about a minute.

    The provider is the simulator in a process of its own, which charges at once. Ratios hold on a machine that is not
    quiet; absolute figures do not.
    """
    wanted = threads or _THREADS
    with ended_by_sigterm(), progress_bar(steps_of(wanted)) as on_step, world_at(database_url) as world:
        document = measure_payments(world, threads=wanted, seconds=seconds, on_step=on_step).document()
    store(document, out)
    for line in lines_of(document):
        click.echo(line)


def lines_of(document: Mapping[str, Any]) -> Iterator[str]:
    """The figures for people."""
    for name, what in (("ownMs", "our time"), ("providerMs", "provider"), ("depositMs", "deposit")):
        yield f"{what:<22}{_told(document[name])} ms"
    yield f"{'our time / deposit':<22}{_told(document['ratio'])}"
    for name, what in (("cpuMsOfPayment", "payment"), ("cpuMsOfDeposit", "deposit")):
        yield f"{f'processors, {what}':<22}{_told(document[name])} ms"
    for name, what in (("paymentsPerSecond", "payments a second"), ("depositsPerSecond", "deposits a second")):
        yield f"{what:<22}" + "   ".join(f"{rate:.0f} by {threads}" for threads, rate in document[name].items())


def _told(figures: Mapping[str, float]) -> str:
    return "   ".join(f"{name} {figure:.2f}" for name, figure in figures.items())
