"""`bankcore demo`, start to end."""

import time
from pathlib import Path

import pytest

from tests.worlds.program import bankcore

pytestmark = [pytest.mark.timeout(120), pytest.mark.enable_socket]


def test_the_demo_shows_the_whole_story_and_ends_well(data_dir: Path) -> None:
    started = time.monotonic()
    demo = bankcore("demo", data_dir=data_dir)
    took_s = time.monotonic() - started

    assert demo.returncode == 0, demo.stderr
    for part in ("Asha 749.50, Bikram 250.50", "insufficient_funds", "nothing moved", "0 contradictions"):
        assert part in demo.stdout
    assert took_s < 60
