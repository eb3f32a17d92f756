"""Requests are counted in each process, and told by whichever is asked."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from bankcore_infra.metrics.folder import FOLDER_VARIABLE, share_counts
from bankcore_infra.metrics.requests import RequestMetrics

ANSWER_ONE: Final = """
from bankcore_infra.metrics.requests import RequestMetrics
metrics = RequestMetrics()
metrics.observe(method="GET", route="/v1/accounts/<uuid:account_id>", status=200, duration_s=0.02)
print(metrics.exposition().decode())
"""
COUNT: Final = (
    'bankcore_http_request_duration_seconds_count{method="GET",route="/v1/accounts/<uuid:account_id>",status="200"}'
)


def answer_one(folder: Path) -> str:
    """What a process tells that has answered one request."""
    environment = {**os.environ, FOLDER_VARIABLE: str(folder), "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", ANSWER_ONE]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout


def test_one_process_tells_its_own() -> None:
    metrics = RequestMetrics()
    for duration_s in (0.02, 0.2):
        metrics.observe(method="POST", route="/v1/x", status=201, duration_s=duration_s)

    told = metrics.exposition().decode()

    labels = 'method="POST",route="/v1/x",status="201"'
    assert f"bankcore_http_request_duration_seconds_count{{{labels}}} 2.0" in told
    assert f'bankcore_http_request_duration_seconds_bucket{{le="0.025",{labels}}} 1.0' in told


def test_orders_are_told_by_provider_and_answer() -> None:
    metrics = RequestMetrics()
    metrics.observe_order(provider="khalti", answer="unknown", duration_s=29.0)

    told = metrics.exposition().decode()

    labels = 'answer="unknown",provider="khalti"'
    assert f"bankcore_provider_order_duration_seconds_count{{{labels}}} 1.0" in told
    assert 'bankcore_provider_order_duration_seconds_bucket{answer="unknown",le="30.0",provider="khalti"} 1.0' in told


def test_processes_that_share_a_folder_are_summed_and_a_new_start_begins_at_zero(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "metrics"
    folder.mkdir()

    first, second = answer_one(folder), answer_one(folder)
    monkeypatch.setenv(FOLDER_VARIABLE, "elsewhere")
    share_counts(folder)
    assert os.environ[FOLDER_VARIABLE] == str(folder)
    third = answer_one(folder)

    assert [f"{COUNT} {number}.0" in told for told, number in ((first, 1), (second, 2), (third, 1))] == [True] * 3
