"""Whatever the page about security says is shown by a test, is: the test is there, and a row names one."""

import ast
import re
from functools import cache
from itertools import pairwise
from typing import Final

from tests.architecture.source_tree import ROOT

REQUIREMENT: Final = r"\d{1,2}\.\d{1,2}\.\d{1,2}"
ROW: Final = re.compile(
    rf"^\| (?P<requirements>{REQUIREMENT}(?:(?:, | to ){REQUIREMENT})*) \|.*\| (?P<shown>[^|]*) \|$"
)
# What a row has been promised at least: fewer mean that somebody has lost rows.
ROWS_MIN: Final = 60


@cache
def rows() -> list[tuple[str, str]]:
    """The requirements of each row, and by which tests they are shown."""
    page = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    return [(row["requirements"], row["shown"]) for line in page.splitlines() if (row := ROW.match(line))]


@cache
def names_of_tests() -> frozenset[str]:
    """The names of all tests."""
    return frozenset(
        node.name
        for path in (ROOT / "tests").rglob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
    )


def test_each_requirement_is_shown_by_tests_that_are_there() -> None:
    named = {requirements: set(re.findall(r"`(test_\w+)`", shown)) for requirements, shown in rows()}

    assert len(named) >= ROWS_MIN
    assert [requirements for requirements, tests in named.items() if not tests] == []
    assert {name for tests in named.values() for name in tests} - names_of_tests() == set()


def test_the_requirements_stand_in_their_order() -> None:
    first = [
        tuple(int(part) for part in requirements.split(",")[0].split(" ")[0].split(".")) for requirements, _ in rows()
    ]

    assert [(before, after) for before, after in pairwise(first) if before >= after] == []
