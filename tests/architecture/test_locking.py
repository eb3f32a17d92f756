"""Rows are locked in one module, so that the order of locks can be read in one place."""

import ast
import re
from collections.abc import Iterator
from typing import Final

from tests.architecture.source_tree import ROOT, Module, docstring_nodes, modules_below

LOCKING_MODULE: Final = "src/bankcore_infra/db/locking.py"
# A row level security policy also says FOR UPDATE, but then says for whom or which rows.
ROW_LOCK: Final = re.compile(
    r"\bFOR\s+(NO\s+KEY\s+UPDATE|KEY\s+SHARE|SHARE|UPDATE(?!\s+(TO|USING|WITH\s+CHECK)\b))", re.IGNORECASE
)


def row_locks(module: Module) -> Iterator[str]:
    """The places where a module locks rows, by SQL text or by the method of a SQLAlchemy select."""
    prose = docstring_nodes(module.tree)
    for node in ast.walk(module.tree):
        match node:
            case ast.Constant(value=str(text)) if node not in prose and ROW_LOCK.search(text):
                yield module.place(node)
            case ast.Attribute(attr="with_for_update"):
                yield module.place(node)
            case _:
                pass


def test_only_the_locking_module_locks_rows() -> None:
    modules = [module for module in modules_below(ROOT / "src") if module.name != LOCKING_MODULE]

    assert [place for module in modules for place in row_locks(module)] == []
