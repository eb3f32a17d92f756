"""What is installed with bankcore, and that each extra brings what its part imports."""

import ast
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from functools import cache
from importlib.metadata import packages_distributions, requires
from typing import Final

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from bankcore_infra.cli.program import COMMANDS
from bankcore_infra.extras import EXTRAS
from tests.architecture.source_tree import ROOT, modules_below

PROJECT: Final = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
OPTIONAL: Final = PROJECT["optional-dependencies"]
DISTRIBUTIONS_MAX: Final = 12
OURS: Final = {"bankcore", "bankcore_infra", "bankcore_http"}
# What another person's test kit or a checkout brings along; importing the module is their choice.
OF_TEST_KITS: Final = {"hypothesis", "bench"}
IMPORT_WITH: Final = """
import importlib, sys
hidden = set(sys.argv[1].split())

class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in hidden:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Hidden())
for name in sys.argv[2].split():
    importlib.import_module(name)
"""


def requirements(lines: Iterable[str], extra: str = "") -> list[Requirement]:
    """Those that apply here."""
    found = [Requirement(line) for line in lines]
    return [each for each in found if each.marker is None or each.marker.evaluate({"extra": extra})]


def distributions(wanted: Iterable[Requirement]) -> set[str]:
    """The distributions that these requirements bring, and all that those bring in turn."""
    found, left = set[tuple[str, str]](), [(each.name, extra) for each in wanted for extra in ("", *each.extras)]
    while left:
        name, extra = left.pop()
        key = (canonicalize_name(name), extra)
        if key not in found:
            found.add(key)
            left += [
                (each.name, more) for each in requirements(requires(name) or (), extra) for more in ("", *each.extras)
            ]
    return {name for name, _extra in found}


@cache
def brought_by(*extras: str) -> frozenset[str]:
    """All that is installed with those extras."""
    lines = [*PROJECT["dependencies"], *(line for extra in extras for line in OPTIONAL[extra])]
    return frozenset(distributions(requirements(lines)))


@cache
def installed() -> dict[str, frozenset[str]]:
    """The distributions in which each module is, by its first name."""
    found = packages_distributions()
    return {module: frozenset(str(canonicalize_name(name)) for name in names) for module, names in found.items()}


def names_of(module: str) -> frozenset[str]:
    """The distributions in which a module is."""
    return installed().get(module, frozenset())


def test_the_ledger_alone_is_few_packages() -> None:
    found = brought_by()

    assert len(found) <= DISTRIBUTIONS_MAX, sorted(found)
    assert {"sqlalchemy", "psycopg"} <= found


def test_all_is_every_extra() -> None:
    (everything,) = requirements(OPTIONAL["all"])

    assert everything.extras == set(OPTIONAL) - {"all", "dev"}


def test_the_readme_says_what_each_extra_adds() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    table = readme.partition("| extra |")[2].partition("\n\n")[0]

    assert {extra for extra in OPTIONAL if f"`{extra}`" not in table} == {"dev"}


@pytest.mark.parametrize("extra", EXTRAS)
def test_what_the_program_knows_of_an_extra_is_what_it_brings(extra: str) -> None:
    direct = {str(canonicalize_name(each.name)) for each in requirements(OPTIONAL[extra])}
    known = {name for module in EXTRAS[extra] for name in names_of(module)}

    assert direct == known


def test_whatever_is_imported_is_brought_by_something() -> None:
    imported = {
        name.partition(".")[0]
        for module in modules_below(ROOT / "src")
        for node in ast.walk(module.tree)
        for name in (
            [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else [each.name for each in node.names]
            if isinstance(node, ast.Import)
            else []
        )
    } - {*sys.stdlib_module_names, *OURS, *OF_TEST_KITS}
    brought = brought_by(*(extra for extra in OPTIONAL if extra not in {"all", "dev"}))

    assert {name for name in imported if not names_of(name) & brought} == set()


def commands_of(extra: str) -> list[str]:
    return [f"bankcore_infra.cli.{entry.module}" for entry in COMMANDS.values() if entry.extra == extra]


@pytest.mark.parametrize(
    ("extras", "modules"),
    [
        ((), ["bankcore", "bankcore_infra.wiring", "bankcore_infra.ledger.aio", "bankcore_infra.keys.key_files"]),
        (("http",), ["bankcore_http.wsgi", *commands_of("http")]),
        (("worker",), ["bankcore_infra.work.roles", *commands_of("worker")]),
        (("cli",), [each for each in commands_of("cli") if not each.endswith((".up", ".demo"))]),
        (("cli", "http", "worker"), commands_of("cli")),
        (("embedded",), ["bankcore_infra.embedded", "bankcore_infra.db.migrate", "bankcore_infra.work.doorbell"]),
        (("s3",), ["boto3", "bankcore_infra.wiring"]),
        (("aws", "cli"), ["boto3", "bankcore_infra.encryption.aws_kms"]),
    ],
    ids=lambda each: "+".join(each) if isinstance(each, tuple) else "",
)
def test_what_an_extra_is_for_imports_where_nothing_else_is_installed(
    extras: tuple[str, ...], modules: list[str]
) -> None:
    brought = brought_by("binary", *extras)
    hidden = [module for module, names in installed().items() if module not in OURS and not names & brought]

    run = subprocess.run(
        [sys.executable, "-c", IMPORT_WITH, " ".join(hidden), " ".join(modules)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert run.returncode == 0, run.stderr
