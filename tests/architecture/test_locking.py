"""Each capability locks its own rows in one module, and one place states the order of all locks."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

from bankcore_infra.db.lock_order import KEYS, LOCK_ORDER
from tests.architecture.source_tree import ROOT, Module, docstring_nodes, modules_below
from tests.lock_texts import ROW_LOCK, locked_tables

LOCKS: Final = "locks.py"
# A lock that is waited for is taken in the order of ids, or of one row only.
ORDERED: Final = re.compile(r"ORDER BY (?!.*\bDESC\b)|SKIP LOCKED|\b(?:id|user_id|consumer) = (?:%s|\$2)")


def texts(module: Module) -> Iterator[tuple[ast.Constant, str]]:
    """Every text of the module that is no docstring."""
    prose = docstring_nodes(module.tree)
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in prose:
            yield node, node.value


def row_locks(module: Module) -> Iterator[str]:
    """The places where a module locks rows, by SQL text or by the method of a SQLAlchemy select."""
    for node, text in texts(module):
        if ROW_LOCK.search(text) or "LOCK TABLE" in text:
            yield module.place(node)
    yield from (
        module.place(call)
        for call in ast.walk(module.tree)
        if isinstance(call, ast.Attribute) and call.attr == "with_for_update"
    )


def locking_modules() -> list[Module]:
    return [module for module in modules_below(ROOT / "src") if PurePosixPath(module.name).name == LOCKS]


def locking_texts() -> list[tuple[str, str]]:
    """Module and text of each statement that locks."""
    found = [(module.name, text) for module in locking_modules() for _node, text in texts(module)]
    return [(name, text) for name, text in found if ROW_LOCK.search(text) or "LOCK TABLE" in text]


def test_rows_are_locked_in_the_modules_for_it_only() -> None:
    others = [module for module in modules_below(ROOT / "src") if PurePosixPath(module.name).name != LOCKS]

    assert [place for module in others for place in row_locks(module)] == []


def test_each_table_has_its_place_in_the_order_and_is_locked_by_one_capability() -> None:
    locked = {(name, table) for name, text in locking_texts() for table in locked_tables(text)}

    assert {table for _name, table in locked} == set(LOCK_ORDER) - {KEYS}
    assert Counter(table for _name, table in locked).most_common(1)[0][1] == 1


def test_rows_that_are_waited_for_are_locked_in_the_order_of_their_ids() -> None:
    unordered = [
        (name, text) for name, text in locking_texts() if "LOCK TABLE" not in text and not ORDERED.search(text)
    ]

    assert unordered == []
