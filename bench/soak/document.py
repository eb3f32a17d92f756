"""The report of a long run as a document: what is stored, and drawn."""

from dataclasses import asdict
from datetime import datetime

from bench.document import FORMAT, Json
from bench.soak.growth import Growth
from bench.soak.run import SoakReport
from bench.soak.verdicts import Verdict
from bench.soak.windows import Window


def soak_document(report: SoakReport, at: datetime) -> dict[str, Json]:
    """The report for programs; rates are a second, times in seconds or milliseconds, and sizes in bytes, by name."""
    found = report.found
    return {
        "format": FORMAT,
        "at": at.isoformat(timespec="seconds"),
        "machine": report.machine,
        "server": report.server,
        "soak": {
            **asdict(report.wish),
            "postingAlone": _rounded(found.posting_alone),
            "deliveringAlone": _rounded(found.delivering_alone),
            "deliveriesOfATransfer": found.deliveries,
            "sustained": _rounded(found.sustained),
            "offered": _rounded(report.rate),
            "trials": [asdict(trial) | {"isSustained": trial.is_sustained} for trial in found.trials],
            "windows": [_window(window) for window in report.windows],
            "verdicts": [_verdict(verdict) for verdict in report.verdicts],
            "bytesOfATransfer": _growth(report.growth),
        },
    }


def _window(window: Window) -> dict[str, Json]:
    return {
        "endedS": _rounded(window.ended_s),
        "transfers": window.transfers,
        "failures": window.failures,
        "latencyMs": {place: _rounded(time) for place, time in window.latency_ms.items()},
        "memoryBytes": dict(window.memory_bytes),
        "lag": {name: _rounded(number) for name, number in asdict(window.lag).items()},
        "tableBytes": window.table_bytes,
        "logBytes": window.log_bytes,
        "othersProcessors": _rounded(window.others_processors),
    }


def _verdict(verdict: Verdict) -> dict[str, Json]:
    return {
        "name": verdict.measure.name,
        "unit": verdict.measure.unit,
        "first": _rounded(verdict.first),
        "last": _rounded(verdict.last),
        "allowed": _rounded(verdict.allowed),
        "isMet": verdict.is_met,
    }


def _growth(growth: Growth) -> dict[str, Json]:
    return {
        "transfers": growth.transfers,
        "tables": _rounded(growth.table_bytes),
        "parts": [
            {"table": table, "part": part, "bytes": _rounded(size)} for (table, part), size in growth.parts.items()
        ],
        "log": _rounded(growth.log_bytes),
        "logRecords": _rounded(growth.log_records),
        "logImages": _rounded(growth.log_images),
        "logBy": {name: _rounded(size) for name, size in growth.log_by.items()},
    }


def _rounded(number: float | None) -> float | None:
    return None if number is None else round(number, 3)
