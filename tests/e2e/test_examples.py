"""Every program in `examples/` says what is recorded beside it, and the README names it."""

import re
import runpy
from pathlib import Path
from typing import Final

import pytest

from tests.worlds.begun_bank import folder_of_servers
from tests.worlds.program import environment

pytestmark = [pytest.mark.timeout(120), pytest.mark.enable_socket, pytest.mark.usefixtures("unmeasured")]

ROOT: Final = Path(__file__).resolve().parents[2]
EXAMPLES: Final = sorted((ROOT / "examples").glob("*.py"))
# What differs from run to run: ids, and instants.
CHANGING: Final = re.compile(
    r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{4}-\d\d-\d\dT\d\d:\d\d:[\d.]+(?:Z|\+00:00)"
)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_says_what_is_recorded_beside_it(example: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with folder_of_servers() as folder, pytest.MonkeyPatch.context() as patch:
        # The program has an environment of its own, in which it may set what it likes.
        patch.setattr("os.environ", environment())
        patch.setattr("tempfile.tempdir", str(folder))
        # In this process, which has imported most of it: that is half of the time of a short program.
        runpy.run_path(str(example), run_name="__main__")

    recorded = example.with_suffix(".out").read_text(encoding="utf-8")
    assert CHANGING.sub("...", capsys.readouterr().out) == CHANGING.sub("...", recorded)


def test_the_readme_names_every_example() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")

    assert [path.name for path in EXAMPLES if f"(examples/{path.name})" not in readme] == []
