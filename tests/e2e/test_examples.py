"""Every program in `examples/` runs."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.program import environment

pytestmark = [pytest.mark.timeout(120), pytest.mark.enable_socket]

_EXAMPLES = sorted((Path(__file__).resolve().parents[2] / "examples").glob("*.py"))


@pytest.mark.parametrize("example", _EXAMPLES, ids=lambda path: path.stem)
def test_an_example_runs_and_says_something(example: Path) -> None:
    run = subprocess.run(
        [sys.executable, str(example)], env=environment(), capture_output=True, text=True, timeout=60, check=False
    )

    assert run.returncode == 0, run.stderr
    assert run.stdout
