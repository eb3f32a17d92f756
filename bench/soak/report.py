"""The report of a long run: a table for people, and a document that is stored and drawn."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from statistics import median

from rich.table import Table

from bench.document import FORMAT, Json
from bench.soak.run import LOG, SoakReport, table_bytes
from bench.soak.verdicts import first_and_last_third
from bench.table import Row, mark, sectioned, sentences


def soak_table(report: SoakReport) -> Table:
    """The rates, what has grown and what was allowed to, and what a transfer leaves behind."""
    sections = {
        "Rates a second": _rates(report),
        f"{report.wish.minutes:g} minutes at {report.rate:.0f} transfers a second": _verdicts(report),
        "Bytes a transfer, with everything that follows it": _bytes(report),
    }
    return sectioned("bankcore bench soak", ("first third", "last third", "at most", "met"), sections)


def lines_about_soak(report: SoakReport) -> Iterator[str]:
    """Machine, settings and shape of the run."""
    yield from sentences(report.machine, report.server)
    wish, windows = report.wish, report.windows
    yield (
        f"{len(windows)} windows of {wish.sample_s:g} s; {wish.accounts} accounts of as many users; 1 scheduler,"
        f" {wish.workers} worker processes; {sum(each.transfers for each in windows):,} transfers"
    )
    first, last = (median(each.others_processors for each in third) for third in first_and_last_third(windows))
    yield f"processors busy with something else: {first:.1f} in the first third, {last:.1f} in the last one"


def soak_document(report: SoakReport, at: datetime) -> dict[str, Json]:
    """The report for programs; rates are a second, times in seconds or milliseconds, and sizes in bytes, by name."""
    return {
        "format": FORMAT,
        "at": at.isoformat(timespec="seconds"),
        "machine": report.machine,
        "server": report.server,
        "soak": {
            **asdict(report.wish),
            "offered": round(report.rate, 1),
            "reached": report.reached,
            "windows": [asdict(window) for window in report.windows],
            "verdicts": [asdict(verdict) | {"isMet": verdict.is_met} for verdict in report.verdicts],
            "bytesOfATransfer": {name: round(size, 1) for name, size in report.bytes_left.items()},
        },
    }


def _rates(report: SoakReport) -> Iterator[Row]:
    if report.reached is not None:
        yield "transfers by 32 threads that wait for nothing", f"{report.reached:,.0f}"
    yield "transfers offered in the run", f"{report.rate:,.0f}"


def _verdicts(report: SoakReport) -> Iterator[Row]:
    for each in report.verdicts:
        figures = (f"{each.first:,.1f}", f"{each.last:,.1f}", f"{each.allowed:,.1f}")
        yield each.name, *figures, mark(is_met=each.is_met, is_aim=False)


def _bytes(report: SoakReport) -> Iterator[Row]:
    yield "tables and indexes", f"{table_bytes(report):,.0f}"
    for name, size in sorted(report.bytes_left.items(), key=lambda item: -item[1]):
        if name != LOG and round(size):
            yield f"  {name}", f"{size:,.0f}"
    yield LOG, f"{report.bytes_left[LOG]:,.0f}"
