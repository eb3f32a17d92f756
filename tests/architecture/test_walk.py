"""What the walks through the files name is there."""

import ast
import re
from typing import Final

import pytest

from tests.architecture.source_tree import ROOT

WALK: Final = (ROOT / "docs" / "walk.md").read_text(encoding="utf-8")
PLACE: Final = re.compile(r"`(bankcore\w*/[\w/]+\.py)`((?:[,;]? (?:of |and )?`\w+`)*)")


def places() -> list[tuple[str, str]]:
    """Each file with each name that follows it."""
    return [(path, name) for path, names in PLACE.findall(WALK) for name in re.findall(r"`(\w+)`", names) or [""]]


@pytest.mark.parametrize(("path", "name"), places())
def test_a_place_of_the_walk_is_there(path: str, name: str) -> None:
    module = ROOT / "src" / path

    assert module.is_file()
    tree = ast.parse(module.read_text(encoding="utf-8"))
    defined = {node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef | ast.FunctionDef)}
    assert not name or name in defined
