"""Modules and functions stay small enough to be read in one go."""

import ast
from typing import Final

from tests.architecture.source_tree import ROOT, Function, modules_below

MODULE_LINES_MAX: Final = 300
FUNCTION_LINES_MAX: Final = 60

MODULES = modules_below(ROOT / "src", ROOT / "tests", ROOT / "bench", ROOT / "examples")


def test_no_module_is_longer_than_300_lines() -> None:
    lengths = {module.name: len(module.path.read_text(encoding="utf-8").splitlines()) for module in MODULES}

    assert {name: length for name, length in lengths.items() if length > MODULE_LINES_MAX} == {}


def test_no_function_is_longer_than_60_lines() -> None:
    lengths = {
        f"{module.place(node)} {node.name}": (node.end_lineno or node.lineno) - node.lineno + 1
        for module in MODULES
        for node in ast.walk(module.tree)
        if isinstance(node, Function)
    }

    assert {place: length for place, length in lengths.items() if length > FUNCTION_LINES_MAX} == {}
