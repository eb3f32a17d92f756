"""The core computes money in integers: no float and no Decimal comes near it."""

import ast

from tests.architecture.source_tree import CORE, modules_below


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


def test_nothing_in_the_core_makes_a_float_or_a_decimal() -> None:
    wrong = [
        f"{module.name}:{getattr(node, 'lineno', 0)}"
        for module in modules_below(CORE)
        for node in ast.walk(module.tree)
        if is_inexact(node)
    ]

    assert wrong == []
