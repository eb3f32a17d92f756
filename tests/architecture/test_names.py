"""A class is found by its name: no two have the same."""

import ast
from collections import defaultdict

from tests.architecture.source_tree import ROOT, modules_below


def test_no_two_classes_have_one_name() -> None:
    places: dict[str, list[str]] = defaultdict(list)
    for module in modules_below(ROOT / "src"):
        for node in ast.walk(module.tree):
            if isinstance(node, ast.ClassDef):
                places[node.name].append(module.place(node))

    assert len(places) > 1
    assert {name: found for name, found in places.items() if len(found) > 1} == {}
