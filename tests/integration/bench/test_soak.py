"""A long run, for some seconds: its figures mean nothing here, but it cannot rot unseen."""

import json
import subprocess
import sys
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from bench.soak.report import lines_about_soak, soak_document, soak_table
from bench.soak.run import LOG, SoakReport, Wish, soak
from bench.world import embedded_world

pytestmark = [pytest.mark.timeout(120), pytest.mark.slow, pytest.mark.usefixtures("unmeasured")]

WISH = Wish(minutes=2 / 60, sample_s=0.5, accounts=20, workers=1, load=0.8, rate=20.0)


@pytest.fixture(scope="module")
def report() -> SoakReport:
    """Four windows of half a second."""
    steps: list[str] = []
    with embedded_world() as world:
        return soak(world, WISH, lambda what, _windows: steps.append(what))


def test_transfers_are_posted_sealed_and_followed(report: SoakReport) -> None:
    assert len(report.windows) == 4
    assert sum(each.transfers for each in report.windows) >= 20
    assert sum(each.failures for each in report.windows) == 0
    assert report.windows[-1].lag.dead == 0


def test_everything_that_is_to_be_watched_is_watched(report: SoakReport) -> None:
    last = report.windows[-1]

    assert last.memory_bytes.keys() == {"client", "scheduler and workers", "PostgreSQL", "Valkey"}
    assert min(last.memory_bytes.values()) > 1_000_000
    assert report.bytes_left.keys() >= {"entries", "audit_log", "log_leaves", LOG}
    assert report.bytes_left[LOG] > 0


def test_the_report_is_a_table_a_document_and_a_picture(report: SoakReport, tmp_path: Path) -> None:
    paper, stored = StringIO(), tmp_path / "soak.json"

    Console(width=160, file=paper).print(soak_table(report), *lines_about_soak(report))
    stored.write_text(json.dumps(soak_document(report, datetime(2026, 1, 1, tzinfo=UTC)), allow_nan=False))
    command = [sys.executable, "-m", "bankcore_infra", "bench", "plot", str(stored), "--folder", str(tmp_path)]
    subprocess.run(command, check=True, capture_output=True)

    assert "outbox: oldest" in paper.getvalue()
    picture = (tmp_path / "soak.svg").read_text()
    assert "<script" not in picture
    assert 'href="http' not in picture
