"""The core computes money in integers: no float comes near it, and a Decimal only as far as the door."""

import ast
from typing import Final

from tests.architecture.source_tree import CORE, modules_below

# Where callers bring a Decimal and take one away; `money` names the type only.
DOOR: Final = {"src/bankcore/decimals.py", "src/bankcore/formats.py", "src/bankcore/money.py"}


def is_inexact(node: ast.AST) -> bool:
    """Whether a piece of syntax makes a number that is not an integer."""
    match node:
        case ast.Import(names=names):
            return any(name.name in {"decimal", "fractions"} for name in names)
        case ast.ImportFrom(module=module):
            return module in {"decimal", "fractions"}
        case ast.Constant(value=value):
            return isinstance(value, float | complex)
        case ast.BinOp(op=operator) | ast.AugAssign(op=operator):
            return isinstance(operator, ast.Div)
        case ast.Name(id=name):
            return name == "float"
        case _:
            return False


def is_decimal(node: ast.AST) -> bool:
    """Whether a piece of syntax brings the decimal module."""
    return isinstance(node, ast.ImportFrom) and node.module == "decimal"


def test_nothing_in_the_core_makes_a_float_or_a_decimal() -> None:
    wrong = [
        f"{module.name}:{getattr(node, 'lineno', 0)}"
        for module in modules_below(CORE)
        for node in ast.walk(module.tree)
        if is_inexact(node) and not (module.name in DOOR and is_decimal(node))
    ]

    assert wrong == []


def test_money_only_names_the_type_of_a_decimal() -> None:
    (module,) = (module for module in modules_below(CORE) if module.name == "src/bankcore/money.py")

    called = [node for node in ast.walk(module.tree) if isinstance(node, ast.Call)]

    assert not [call for call in called if isinstance(call.func, ast.Name) and call.func.id == "Decimal"]
