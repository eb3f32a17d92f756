"""Each folder says at its door what is in it, what enters, what leaves, and where to begin reading."""

import ast
import re
from pathlib import Path
from typing import Final

import pytest

from tests.architecture.source_tree import ROOT

LINES_MAX: Final = 7
# The doors of these are for users: they show what may be imported.
PUBLIC: Final = frozenset({"bankcore", "bankcore/testing", "bankcore_infra", "bankcore_infra/embedded"})
ROOMS: Final = sorted(
    folder
    for folder in (path.parent for path in (ROOT / "src").rglob("__init__.py"))
    if folder.relative_to(ROOT / "src").as_posix() not in PUBLIC
)


def door_of(room: Path) -> str:
    return ast.get_docstring(ast.parse((room / "__init__.py").read_text(encoding="utf-8"))) or ""


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.relative_to(ROOT / "src").as_posix())
def test_a_room_says_what_enters_what_leaves_and_where_to_begin(room: Path) -> None:
    door = door_of(room)

    assert len(door.splitlines()) <= LINES_MAX
    assert re.search(r"^In: .+ Out: .+", door, re.MULTILINE)
    (begin,) = [line for line in door.split("\n\n", 1)[1].splitlines() if line.startswith("Read ")]
    named = re.findall(r"`(\w+)`", begin)
    assert named
    assert [name for name in named if not (room / f"{name}.py").exists() and not (room / name).is_dir()] == []
