"""The command line of the benchmarks, which `bankcore bench` hands over to."""

import json
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from bankcore_infra.clock import SystemClock
from bankcore_infra.installation import open_installation
from bankcore_infra.settings import SettingsError, load_settings
from bench.document import document_of, ratios_of
from bench.fill import fill as fill_bank
from bench.fill import verify_sample
from bench.fill_history import Size
from bench.gate import Recorded, find_regressions, read_recorded, write_recorded
from bench.groups import all_groups
from bench.plan import Group
from bench.runner import Plan, Report, run_plan
from bench.scale import FilledBank, scale_group, sizes_up_to
from bench.soak.command import soak
from bench.table import lines_about, table_of
from bench.world import World, ended_by_sigterm, world_at

_NAMES: Final = ("singles", "batches", "hot", "http", "reads", "books", "storage", "scale")
_FILE: Final = click.Path(dir_okay=False, path_type=Path)
_ACCOUNTS: Final = 10_000
_ROUNDS: Final = 5
_FULL_SECONDS: Final = 2.0
_QUICK_SECONDS: Final = 1.0
_TOLERANCE: Final = 0.25
_WIDTH: Final = 150


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What was asked for on the command line."""

    quick: bool
    record: bool
    only: tuple[str, ...]
    seconds: float | None
    rounds: int
    size: Size
    database_url: str | None

    def world(self) -> AbstractContextManager[World]:
        """The server to measure on."""
        return world_at(self.database_url)

    def plan(self, groups: list[Group]) -> Plan:
        """What to measure."""
        default_s = _QUICK_SECONDS if self.quick else _FULL_SECONDS
        return Plan(
            groups=groups,
            rounds=self.rounds,
            seconds=self.seconds or default_s,
            accounts=_ACCOUNTS,
            has_storage=not self.quick and self.wants("storage"),
        )

    def groups(self, progress: Progress) -> list[Group]:
        """The groups that were asked for, for the gate with nothing but what it compares."""
        found = [group for group in all_groups() if self.wants(group.name)]
        if self.quick:
            return [quick for group in found if (quick := group.quick()).comparisons]
        if self.wants("scale"):
            task = progress.add_task("entries filled", total=None, visible=False)
            bank = FilledBank(
                lambda done, total: progress.update(task, completed=done, total=total, visible=done < total)
            )
            found += [scale_group(bank, size) for size in sizes_up_to(self.size)]
        return found

    def wants(self, name: str) -> bool:
        """Whether that group was asked for; without a choice all are."""
        return not self.only or name in self.only


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--quick", is_flag=True, help="Only the ratios on record, in under 3 minutes; exit code 1 past tolerance."
)
@click.option("--record", is_flag=True, help="With --quick: take the ratios of now as good from now on.")
@click.option("--only", multiple=True, type=click.Choice(_NAMES), help="Only this group; repeatable.")
@click.option("--seconds", type=click.FloatRange(min=0.05), help="Length of a round [2, with --quick 1].")
@click.option(
    "--rounds", type=click.IntRange(min=1), default=_ROUNDS, show_default=True, help="Rounds of each subject."
)
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
    wish = Wish(
        quick=quick,
        record=record,
        only=only,
        seconds=seconds,
        rounds=rounds,
        size=_size(accounts, entries),
        database_url=database_url,
    )
    console = Console(stderr=True)
    report = _measure(wish, console)
    text = json.dumps(document_of(report, SystemClock().now()), indent=2)
    if out is not None:
        out.write_text(text + "\n", encoding="utf-8")
    if as_json:
        click.echo(text)
    else:
        paper = Console(width=None if sys.stdout.isatty() else _WIDTH, highlight=False)
        paper.print(table_of(report), *lines_about(report), sep="\n", soft_wrap=True)
    if quick:
        _hold(report, console, record=record)


@program.command()
@click.option("--accounts", type=int, required=True, help="How many accounts, each with a first deposit.")
@click.option("--entries", type=int, required=True, help="How many entries, two for each transaction.")
@click.option("--tenant", "slug", default="filled", show_default=True, help="The new tenant that gets them.")
@click.option("--seed", type=int, default=7, show_default=True, help="The same seed makes the same movements.")
@click.option("--data-dir", type=click.Path(file_okay=False, path_type=Path), help="Folder of the embedded servers.")
def fill(*, accounts: int, entries: int, slug: str, seed: int, data_dir: Path | None) -> None:
    """Fill an embedded bank with a year of valid history; `bankcore verify` finds nothing wrong with it."""
    size = _size(accounts, entries)
    with open_installation(load_settings(data_dir=data_dir)) as installation, _bar("entries", size.entries) as advance:
        if installation.superuser_url is None:
            raise SettingsError("BANKCORE_DATABASE_URL", "set; only an embedded server has the superuser that fills")
        filled = fill_bank(installation.superuser_url, slug, size, seed=seed, on_progress=advance)
        findings = verify_sample(installation.app_url, installation.superuser_url, filled.tenant_id)
    for finding in findings:
        click.echo(f"{finding.place}: {finding.problem}", err=True)
    click.echo(
        f"{slug}: {size.accounts} accounts, {2 * size.transactions} entries, {len(findings)} findings in a sample"
    )
    sys.exit(bool(findings))


@program.command()
@click.argument("report", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--folder", type=click.Path(file_okay=False, path_type=Path), default=Path("docs/performance"))
def plot(report: Path, folder: Path) -> None:
    """Draw the pictures of a report that was stored with --out."""
    # Drawing needs a package that measuring does not.
    from bench.plots import draw  # noqa: PLC0415

    for path in draw(json.loads(report.read_bytes()), folder):
        click.echo(path)


program.add_command(soak)


def _measure(wish: Wish, console: Console) -> Report:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with ended_by_sigterm(), Progress(*columns, console=console, transient=True) as progress, wish.world() as world:
        plan = wish.plan(wish.groups(progress))
        task = progress.add_task("starting", total=plan.steps)
        return run_plan(plan, world, lambda what, steps: progress.update(task, description=what, advance=steps))


def _hold(report: Report, console: Console, *, record: bool) -> None:
    """Compare with what is on record, or put it on record. Ends the program where something got worse."""
    now = ratios_of(report)
    if record:
        measured_on = f"{report.machine['processors']} x {report.machine['processor']}"
        write_recorded(Recorded(tolerance=_TOLERANCE, measured_on=measured_on, ratios=now))
        console.print(f"{len(now)} ratios are on record")
        return
    recorded = read_recorded()
    regressions = find_regressions(recorded, now, frozenset(result.group.name for result in report.results))
    for regression in regressions:
        console.print(f"[red]worse[/red]  {regression}", highlight=False)
    if regressions:
        sys.exit(1)
    console.print(f"no ratio lost more than {recorded.tolerance:.0%} of what is on record")


def _size(accounts: int, entries: int) -> Size:
    try:
        return Size(accounts=accounts, entries=entries)
    except ValueError as error:
        raise click.UsageError(str(error)) from None


@contextmanager
def _bar(what: str, total: int) -> Iterator["_Advance"]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        yield _Advance(progress, total, what)


class _Advance:
    """Moves a bar forward."""

    def __init__(self, progress: Progress, total: int, what: str) -> None:
        self._progress = progress
        self._task = progress.add_task(what, total=total)

    def __call__(self, done: int) -> None:
        """So much more is done."""
        self._progress.advance(self._task, done)
