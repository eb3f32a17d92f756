"""The report of a long run as a table for people."""

from collections import defaultdict
from collections.abc import Iterator
from statistics import median

from rich.table import Table

from bench.soak.growth import Growth
from bench.soak.run import Found, SoakReport
from bench.soak.verdicts import Verdict
from bench.soak.windows import first_and_last_third
from bench.table import mark

_Row = tuple[str, str, str, str, str]


def soak_table(report: SoakReport) -> Table:
    """The rates, what has grown and what was allowed to, and what a transfer leaves behind."""
    table = Table(title="bankcore bench soak", header_style="bold")
    table.add_column("figure")
    for heading in ("first third", "last third", "at most", "met"):
        table.add_column(heading, justify="right")
    for title, rows in (
        ("Rates a second", _rates(report.found, report.rate)),
        (f"{report.wish.minutes:g} minutes at {report.rate:.0f} transfers a second", map(_verdict, report.verdicts)),
        ("Bytes a transfer, with everything that follows it", _bytes(report.growth)),
    ):
        table.add_section()
        table.add_row(f"[bold]{title}[/bold]")
        for row in rows:
            table.add_row(*row)
    return table


def lines_about_soak(report: SoakReport) -> Iterator[str]:
    """Machine, settings and shape of the run."""
    for title, facts in (("machine", report.machine), ("server", report.server)):
        yield f"{title}: " + ", ".join(f"{name} {value}" for name, value in facts.items())
    wish, windows = report.wish, report.windows
    yield (
        f"{len(windows)} windows of {wish.sample_s:g} s; {wish.accounts} accounts of as many users; 1 scheduler,"
        f" {wish.workers} worker processes; {sum(each.transfers for each in windows):,} transfers"
    )
    first, last = (median(each.others_processors for each in third) for third in first_and_last_third(report.windows))
    yield f"processors busy with something else: {first:.1f} in the first third, {last:.1f} in the last one"


def _rates(found: Found, rate: float) -> Iterator[_Row]:
    if found.posting_alone is not None:
        yield "transfers by 32 threads, nothing beside them", f"{found.posting_alone:,.0f}", "", "", ""
    yield "deliveries, nothing beside them", f"{found.delivering_alone:,.0f}", "", "", ""
    for trial in found.trials:
        yield (
            f"  offered with everything at work: {trial.rate:,.0f}",
            f"{trial.done:,.0f} done",
            f"{trial.deliveries_behind:+,.0f} deliveries",
            f"{trial.records_unsealed:+,.0f} records",
            "[green]holds[/green]" if trial.is_sustained else "[yellow]falls behind[/yellow]",
        )
    yield "transfers offered in the run", f"{rate:,.0f}", "", "", ""


def _verdict(verdict: Verdict) -> _Row:
    measure = verdict.measure
    return (
        f"{measure.name}, {measure.unit}" if measure.unit else measure.name,
        f"{verdict.first:,.1f}",
        f"{verdict.last:,.1f}",
        f"{measure.times:g} x + {measure.plus:,.1f} = {verdict.allowed:,.1f}",
        mark(is_met=verdict.is_met, is_aim=False),
    )


def _bytes(growth: Growth) -> Iterator[_Row]:
    yield "tables and indexes", f"{growth.table_bytes:,.0f}", "", "", ""
    tables: dict[str, list[tuple[str, float]]] = defaultdict(list)
    for (table, part), size in growth.parts.items():
        tables[table].append((part.rpartition(".")[2], size))
    for table, parts in sorted(tables.items(), key=lambda item: -sum(size for _part, size in item[1])):
        yield f"  [cyan]{table}[/cyan]", f"[cyan]{sum(size for _part, size in parts):,.0f}[/cyan]", "", "", ""
        for part, size in parts:
            yield f"    {part}", "", f"{size:,.0f}", "", ""
    yield "write-ahead log", f"{growth.log_bytes:,.0f}", "", "", ""
    yield (
        f"  in {growth.log_records:,.1f} records, {growth.log_images:,.2f} of them whole pages: at most",
        (""),
        f"{growth.images_bytes_max:,.0f}",
        "",
        "",
    )
    for name, size in sorted(growth.log_by.items(), key=lambda item: -item[1]):
        yield f"  by {name}", "", f"{size:,.0f}", "", ""
