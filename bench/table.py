"""A report as one table for people."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from rich.table import Table

from bench.figures import Sample
from bench.plan import Limit, Result, Verdict
from bench.runner import Report

Row = tuple[str, ...]


def table_of(report: Report) -> Table:
    """Every figure, every ratio against its floor or baseline, its target, and whether that is met."""
    sections = {result.group.title: _rows(result) for result in report.results}
    return sectioned("bankcore bench", ("a second", "p50 ms", "p95 ms", "p99 ms", "target", "met"), sections)


def sectioned(name: str, headings: Sequence[str], sections: Mapping[str, Iterable[Row]]) -> Table:
    """The table of that name: a section for each title."""
    table = Table("figure", title=name, header_style="bold")
    for heading in headings:
        table.add_column(heading, justify="right")
    for title, rows in sections.items():
        table.add_section()
        table.add_row(f"[bold]{title}[/bold]")
        for row in rows:
            table.add_row(*row)
    return table


def lines_about(report: Report) -> Iterator[str]:
    """Machine and settings."""
    yield from sentences(report.machine, report.server)
    plan = report.plan
    yield f"{plan.rounds} rounds of {plan.seconds:g} s each, in turns; medians; {plan.accounts} accounts"


def sentences(machine: Mapping[str, str], server: Mapping[str, str]) -> Iterator[str]:
    """A line about each of them."""
    for title, facts in (("machine", machine), ("server", server)):
        yield f"{title}: " + ", ".join(f"{name} {value}" for name, value in facts.items())


def _rows(result: Result) -> Iterator[Row]:
    for name, sample in result.samples.items():
        yield _figure(name, sample, result.limit_of(name))
    for verdict in result.verdicts:
        yield _ratio(verdict)


def _figure(name: str, sample: Sample, limit: Limit | None) -> Row:
    times = sample.latency_ms
    shown = [f"{times[place]:.2f}" if times else "" for place in ("p50", "p95", "p99")]
    row = (name, f"{sample.per_second:,.0f}", *shown)
    if limit is None or not times:
        return row
    return *row, f"p99 < {limit.p99_ms:g} ms", mark(is_met=times["p99"] < limit.p99_ms, is_aim=False)


def _ratio(verdict: Verdict) -> Row:
    ratio, comparison = verdict.ratio, verdict.comparison
    word = "aim" if comparison.is_aim else ">="
    return (
        f"  [cyan]{comparison.name}[/cyan]",
        f"[cyan]{ratio.median:.2f} x[/cyan]",
        "",
        f"{ratio.lowest:.2f} -",
        f"{ratio.highest:.2f}",
        "" if comparison.at_least is None else f"{word} {comparison.at_least:g} x",
        "" if verdict.is_met is None else mark(is_met=verdict.is_met, is_aim=comparison.is_aim),
    )


def mark(*, is_met: bool, is_aim: bool) -> str:
    """Whether a target is met, in colour; an aim that is missed is no failure."""
    if is_met:
        return "[green]yes[/green]"
    return "[yellow]not yet[/yellow]" if is_aim else "[red]no[/red]"
