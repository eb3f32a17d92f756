"""A capability is one more name in the lists, and no central module knows more of it."""

import ast
from typing import Final

import pytest

from bankcore_infra.capabilities import CAPABILITIES
from tests.architecture.source_tree import ROOT, modules_below

SLICES: Final = frozenset({"events", "fraud", "fx", "notifications", "payouts", "reconciliation", "work"})
"""Capabilities that no central module may know; a bank is made of the others."""
CENTRAL: Final = (
    "src/bankcore_infra/capability.py",
    "src/bankcore_infra/wiring.py",
    "src/bankcore_http/wsgi.py",
    "src/bankcore_http/serving",
    "src/bankcore_http/answering",
    "src/bankcore_http/reading",
    "src/bankcore_http/documenting",
    "src/bankcore_infra/db",
    "src/bankcore/ledger",
)
# The transport of work starts here, and it is no capability's.
TRANSPORT: Final = frozenset(
    {
        "bankcore_infra.work.doorbell",
        "bankcore_infra.work.queue_listener",
        "bankcore_infra.work.parts",
        "bankcore_infra.work.duties",
    }
)


def imported(tree: ast.Module) -> set[str]:
    return {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module}


def slices_known_to(tree: ast.Module) -> set[str]:
    return {
        name
        for name in imported(tree) - TRANSPORT
        if name.startswith("bankcore") and len(name.split(".")) > 1 and name.split(".")[1] in SLICES
    }


@pytest.mark.parametrize("place", CENTRAL)
def test_central_modules_know_capabilities_by_the_lists_only(place: str) -> None:
    modules = [module for module in modules_below(ROOT / "src") if module.name.startswith(place)]

    assert modules
    # What an event is, and the effects it tells of, belong to all.
    known = {module.name: slices_known_to(module.tree) - {"bankcore.events.stamps"} for module in modules}
    assert {name: found for name, found in known.items() if found} == {}


def test_each_capability_has_a_name_of_its_own_and_offers_what_no_other_does() -> None:
    names = [capability.name for capability in CAPABILITIES]
    offered = [
        kind
        for capability in CAPABILITIES
        for kind in (*capability.shared, *capability.services, *capability.late_services())
    ]

    assert len(set(names)) == len(names)
    assert len(set(offered)) == len(offered)


def test_whatever_http_asks_for_is_offered() -> None:
    asked = {
        node.args[-1].id
        for module in modules_below(ROOT / "src" / "bankcore_http")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "services"
        and isinstance(node.args[-1], ast.Name)
    }
    offered = {kind.__name__ for each in CAPABILITIES for kind in (*each.shared, *each.services, *each.late_services())}

    assert len(asked) > 5
    assert asked - offered == set()
