"""A report as a document: what is stored, compared with later, and drawn."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from bench.plan import Result, Verdict
from bench.runner import Report

FORMAT = 1

Json = str | int | float | bool | None | Sequence["Json"] | Mapping[str, "Json"]


def document_of(report: Report, at: datetime) -> dict[str, Json]:
    """The report for programs; rates are a second, times in milliseconds."""
    return {
        "format": FORMAT,
        "at": at.isoformat(timespec="seconds"),
        "machine": report.machine,
        "server": report.server,
        "rounds": report.plan.rounds,
        "seconds": report.plan.seconds,
        "accounts": report.plan.accounts,
        "groups": [_group(result) for result in report.results],
    }


def ratios_of(report: Report) -> dict[str, float]:
    """The ratios that the gate looks at, by group and name."""
    return {
        f"{result.group.name}: {verdict.comparison.name}": round(verdict.ratio.median, 4)
        for result in report.results
        for verdict in result.verdicts
        if verdict.comparison.is_quick
    }


def _group(result: Result) -> dict[str, Json]:
    return {
        "name": result.group.name,
        "title": result.group.title,
        "subjects": {
            name: {
                "perSecond": round(sample.per_second, 1),
                "slowest": round(sample.spread[0], 1),
                "fastest": round(sample.spread[1], 1),
                "latencyMs": {place: round(time, 3) for place, time in sample.latency_ms.items()},
            }
            for name, sample in result.samples.items()
        },
        "comparisons": [_comparison(verdict) for verdict in result.verdicts],
        "limits": [{"subject": limit.subject, "p99Ms": limit.p99_ms} for limit in result.group.limits],
    }


def _comparison(verdict: Verdict) -> dict[str, Json]:
    return {
        "name": verdict.comparison.name,
        "ratio": round(verdict.ratio.median, 4),
        "lowest": round(verdict.ratio.lowest, 4),
        "highest": round(verdict.ratio.highest, 4),
        "against": verdict.ratio.against,
        "atLeast": verdict.comparison.at_least,
        "isAim": verdict.comparison.is_aim,
        "isMet": verdict.is_met,
    }
