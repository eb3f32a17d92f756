"""What is tried at night is what the tests have the mark for, in the sizes of a night."""

import subprocess
from typing import Final

from tests.architecture.source_tree import ROOT

NAME: Final = "BANKCORE_NIGHTLY"


def test_one_command_tries_the_promises_about_security_in_the_sizes_of_a_night() -> None:
    told = subprocess.run(
        ["make", "--dry-run", "security-nightly"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout

    assert any(NAME + "=1 " in line and " -m security" in line for line in told.splitlines())


def test_one_place_asks_whether_it_is_night() -> None:
    asking = [
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "tests").rglob("*.py")
        if f'"{NAME}"' in path.read_text(encoding="utf-8")
    ]

    assert sorted(asking) == ["tests/architecture/test_nightly.py", "tests/sizes.py"]
