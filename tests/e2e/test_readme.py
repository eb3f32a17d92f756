"""The README's commands and examples, word for word."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.program import environment, running_bank

pytestmark = [pytest.mark.timeout(120), pytest.mark.enable_socket]

_README = Path(__file__).resolve().parents[2] / "README.md"


def _block(language: str) -> str:
    (block,) = re.findall(rf"```{language}\n(.*?)```", _README.read_text(), re.DOTALL)
    return str(block)


def test_the_tour_with_curl_works_as_it_is_written(data_dir: Path) -> None:
    with running_bank(data_dir) as bank:
        script = _block("bash").replace("http://127.0.0.1:8000", bank.url)
        tour = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script], capture_output=True, text=True, timeout=60, check=False
        )

    assert tour.returncode == 0, tour.stderr
    assert "idempotent-replayed: true" in tour.stdout.lower()
    assert '"code":"insufficient_funds"' in tour.stdout
    answers = [json.loads(answer) for answer in re.findall(r"\{\"success\".*?\}(?=\{\"success\"|HTTP|$)", tour.stdout)]
    assert answers[-2]["data"]["balance"] == "749.50"
    assert [transaction["kind"] for transaction in answers[-1]["data"]] == ["transfer", "deposit"]


def test_the_library_example_runs_as_it_is_written(data_dir: Path) -> None:
    example = subprocess.run(
        [sys.executable, "-c", _block("python")],
        env=environment(),
        cwd=data_dir.parent,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert example.returncode == 0, example.stderr
    assert example.stdout == "749.50 NPR 9000.00 NPR\n"
