"""The project's files, as the architecture tests look at them."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
CORE: Final = ROOT / "src" / "bankcore"

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Module:
    """A Python file; it is read when somebody looks at its syntax tree, and once."""

    path: Path

    @property
    def tree(self) -> ast.Module:
        """Its syntax tree."""
        return _tree_of(self.path)

    @property
    def name(self) -> str:
        """The path from the root of the project, for messages."""
        return self.path.relative_to(ROOT).as_posix()

    def place(self, node: ast.stmt | ast.expr | ast.arg) -> str:
        """Where a node stands, as `path:line`."""
        return f"{self.name}:{node.lineno}"


@cache
def modules_below(*folders: Path) -> tuple[Module, ...]:
    """Every Python module below the folders, in the order of their paths."""
    paths = sorted(path for folder in folders for path in folder.rglob("*.py"))
    return tuple(Module(path) for path in paths)


@cache
def _tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def docstring_nodes(tree: ast.Module) -> set[ast.expr]:
    """The constants that are docstrings, or other text that stands alone as a statement."""
    return {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}


def declared_names(tree: ast.Module) -> Iterator[tuple[str, ast.stmt | ast.expr | ast.arg]]:
    """Every name that a module gives to something: modules, classes, functions, arguments, variables, attributes."""
    for node in ast.walk(tree):
        match node:
            case ast.ClassDef() | ast.FunctionDef() | ast.AsyncFunctionDef():
                yield node.name, node
            case ast.arg():
                yield node.arg, node
            case ast.Name(ctx=ast.Store()):
                yield node.id, node
            case ast.Attribute(ctx=ast.Store()):
                yield node.attr, node
            case _:
                pass
