"""The README's commands and examples, word for word."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.worlds.program import environment, running_bank

pytestmark = [pytest.mark.timeout(120), pytest.mark.enable_socket, pytest.mark.usefixtures("unmeasured")]

_README = Path(__file__).resolve().parents[2] / "README.md"


def _block(language: str) -> str:
    (block,) = re.findall(rf"```{language}\n(.*?)```", _README.read_text(), re.DOTALL)
    return str(block)


def test_the_tour_and_the_auditors_commands_work_as_they_are_written_and_name_what_was_tampered_with(
    begun_dir: Path, warm: Path
) -> None:
    commands = _block("shell").replace(".venv/bin/bankcore", str(warm / "bankcore"))
    (verification,) = (line for line in commands.splitlines() if " audit verify " in line)
    folder = begun_dir.parent

    def run(script: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            env=environment() | {"BANKCORE_DATA_DIR": str(begun_dir)},
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    with running_bank(begun_dir) as bank:
        tour = run(_block("bash").replace("http://127.0.0.1:8000", bank.url))
        evidence = run(commands)

    log = folder / "log.ndjson"
    log.write_text(log.read_text().replace("1000.00", "9000.00"))
    tampered = run(verification)
    _require_tour(tour)
    assert evidence.returncode == 0, evidence.stdout + evidence.stderr
    assert "\nclean: " in evidence.stdout
    assert any(line.endswith(": clean") for line in evidence.stdout.splitlines())
    assert tampered.returncode == 1
    named = r"^EDITED: record \d+ \([0-9a-f-]{36}\): transaction\.posted of \S+ is not what was sealed \(since [^)]+\)$"
    assert re.search(named, tampered.stdout, re.MULTILINE), tampered.stdout


def _require_tour(tour: subprocess.CompletedProcess[str]) -> None:
    assert tour.returncode == 0, tour.stderr
    assert "idempotent-replayed: true" in tour.stdout.lower()
    assert '"code":"insufficient_funds"' in tour.stdout
    answers = [json.loads(line) for line in tour.stdout.splitlines() if line.startswith("{")]
    assert len(answers) == 6
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
