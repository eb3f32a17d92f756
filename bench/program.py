"""The command line of the benchmarks, which `bankcore bench` hands over to."""

import json
import sys
from pathlib import Path
from typing import Final

import click

from bankcore_infra.clock import SystemClock
from bankcore_infra.environment import load_settings
from bankcore_infra.servers import open_installation
from bankcore_infra.settings import SettingsError
from bench.document import document_of, ratios_of
from bench.fill import fill as fill_bank
from bench.fill import verify_sample
from bench.fill_history import Size
from bench.gate import Recorded, find_regressions, read_recorded, write_recorded
from bench.groups import all_groups
from bench.payments.command import payments
from bench.runner import Plan, Report, run_plan
from bench.scale import scale_group
from bench.screen import progress_bar, show, store
from bench.soak.command import soak
from bench.table import lines_about, table_of
from bench.world import ended_by_sigterm, world_at

_NAMES: Final = ("singles", "batches", "hot", "http", "reads", "books", "scale")
_FILE: Final = click.Path(dir_okay=False, path_type=Path)
_FOLDER: Final = click.Path(file_okay=False, path_type=Path)
_ACCOUNTS: Final = 10_000
_FULL_SECONDS: Final = 2.0
_QUICK_SECONDS: Final = 1.0
_TOLERANCE: Final = 0.25


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--quick", is_flag=True, help="Only the ratios on record, in under 3 minutes; exit code 1 past tolerance."
)
@click.option("--record", is_flag=True, help="With --quick: take the ratios of now as good from now on.")
@click.option("--only", multiple=True, type=click.Choice(_NAMES), help="Only this group; repeatable.")
@click.option("--seconds", type=click.FloatRange(min=0.05), help="Length of a round [2, with --quick 1].")
@click.option("--rounds", type=click.IntRange(min=1), default=5, show_default=True, help="Rounds of each subject.")
@click.option("--accounts", type=int, default=100_000, show_default=True, help="Accounts of the filled bank.")
@click.option("--entries", type=int, default=1_000_000, show_default=True, help="Entries of the filled bank.")
@click.option("--database-url", help="A superuser's database on the server to measure [an embedded one is started].")
@click.option("--out", type=_FILE, help="Store the report as JSON in this file.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of the table.")
@click.pass_context
def program(  # noqa: PLR0913 - one parameter for each option
    context: click.Context,
    *,
    quick: bool,
    record: bool,
    only: tuple[str, ...],
    seconds: float | None,
    rounds: int,
    accounts: int,
    entries: int,
    database_url: str | None,
    out: Path | None,
    as_json: bool,
) -> None:
    """Measure the bank beside the floors of its server and beside a straightforward ORM service.

    Subjects take turns in short rounds, so that ratios hold on a machine that is not quiet; absolute figures do not.
    """
    if context.invoked_subcommand is not None:
        return
    groups = [
        group for group in [*all_groups(), scale_group(_size(accounts, entries))] if group.name in (only or _NAMES)
    ]
    if quick:
        groups = [gated for group in groups if (gated := group.quick()).comparisons]
    seconds = seconds or (_QUICK_SECONDS if quick else _FULL_SECONDS)
    plan = Plan(groups=groups, rounds=rounds, seconds=seconds, accounts=_ACCOUNTS)
    with ended_by_sigterm(), progress_bar(plan.steps) as on_step, world_at(database_url) as world:
        report = run_plan(plan, world, on_step)
    text = store(document_of(report, SystemClock().now()), out)
    if as_json:
        click.echo(text)
    else:
        show(table_of(report), lines_about(report))
    if record and quick:
        _record(report)
    elif quick:
        _hold(report)


@program.command()
@click.option("--accounts", type=int, required=True, help="How many accounts, each with a first deposit.")
@click.option("--entries", type=int, required=True, help="How many entries, two for each transaction.")
@click.option("--tenant", "slug", default="filled", show_default=True, help="The new tenant that gets them.")
@click.option("--seed", type=int, default=7, show_default=True, help="The same seed makes the same movements.")
@click.option("--data-dir", type=_FOLDER, help="Folder of the embedded servers.")
def fill(*, accounts: int, entries: int, slug: str, seed: int, data_dir: Path | None) -> None:
    """Fill an embedded bank with a year of valid history; `bankcore verify` finds nothing wrong with it."""
    size = _size(accounts, entries)
    with open_installation(load_settings(data_dir=data_dir)) as installation, progress_bar(size.entries) as advance:
        if installation.superuser_url is None:
            raise SettingsError("BANKCORE_DATABASE_URL", "set; only an embedded server has the superuser that fills")
        filled = fill_bank(
            installation.superuser_url, slug, size, seed=seed, on_progress=lambda done: advance("entries", done)
        )
        findings = verify_sample(installation.app_url, installation.superuser_url, filled.tenant_id)
    for finding in findings:
        click.echo(f"{finding.place}: {finding.problem}", err=True)
    click.echo(
        f"{slug}: {size.accounts} accounts, {2 * size.transactions} entries, {len(findings)} findings in a sample"
    )
    sys.exit(bool(findings))


@program.command()
@click.argument("report", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--folder", type=_FOLDER, default=Path("docs/performance"))
def plot(report: Path, folder: Path) -> None:
    """Draw the pictures of a report that was stored with --out."""
    # Drawing needs a package that measuring does not.
    from bench.plots import draw  # noqa: PLC0415

    for path in draw(json.loads(report.read_bytes()), folder):
        click.echo(path)


program.add_command(payments)
program.add_command(soak)


def _record(report: Report) -> None:
    now = ratios_of(report)
    measured_on = f"{report.machine['processors']} x {report.machine['processor']}"
    write_recorded(Recorded(tolerance=_TOLERANCE, measured_on=measured_on, ratios=now))
    click.echo(f"{len(now)} ratios are on record", err=True)


def _hold(report: Report) -> None:
    """Compare with what is on record, and end the program where something got worse."""
    recorded = read_recorded()
    measured = frozenset(result.group.name for result in report.results)
    regressions = find_regressions(recorded, ratios_of(report), measured)
    for regression in regressions:
        click.echo(f"worse  {regression}", err=True)
    if regressions:
        sys.exit(1)
    click.echo(f"no ratio lost more than {recorded.tolerance:.0%} of what is on record", err=True)


def _size(accounts: int, entries: int) -> Size:
    try:
        return Size(accounts=accounts, entries=entries)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
