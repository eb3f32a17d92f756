"""The direction of the imports, and what the core may use."""

import ast
import subprocess
import sys
from pathlib import Path
from typing import Final

from tests.architecture.source_tree import CORE, ROOT, modules_below

IMPORT_WITHOUT_SITE_PACKAGES = """
import importlib, sys
sys.path.insert(0, sys.argv[1])
for name in sys.argv[2:]:
    importlib.import_module(name)
foreign = {name.partition(".")[0] for name in sys.modules} - sys.stdlib_module_names - {"bankcore", "__main__"}
assert not foreign, foreign
"""

# The command line starts the API, shows its document and runs the benchmarks, which all stand above it, and simulates
# providers for those who try the bank. It finds them by name, so no import points upwards; and it finds the command
# that is asked for, as the package finds the bank.
IMPORTS_BY_NAME: Final = {
    "src/bankcore_infra/__init__.py",
    "src/bankcore_infra/cli/api.py",
    "src/bankcore_infra/cli/bench.py",
    "src/bankcore_infra/cli/openapi.py",
    "src/bankcore_infra/cli/program.py",
    "src/bankcore_infra/cli/simulator.py",
}


def test_nobody_else_imports_by_name() -> None:
    found = {
        module.name
        for module in modules_below(ROOT / "src")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute | ast.Name)
        and (node.attr if isinstance(node, ast.Attribute) else node.id) in {"import_module", "__import__"}
    }

    assert found == IMPORTS_BY_NAME


def importers_of(package: str) -> set[str]:
    """The modules that import the package, as paths from the root of the project."""
    return {
        module.name
        for module in modules_below(ROOT / "src")
        for node in ast.walk(module.tree)
        if (isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == package)
        or (isinstance(node, ast.Import) and any(each.name.partition(".")[0] == package for each in node.names))
    }


def test_the_library_speaks_to_the_standard_logging_under_names_of_its_own() -> None:
    by_loguru = {name for name in importers_of("loguru") if not name.startswith("src/bankcore_http/")}
    by_logging = {
        module.name
        for module in modules_below(ROOT / "src")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute) and node.attr == "getLogger"
    }

    assert by_loguru == {"src/bankcore_infra/logs.py"}
    assert by_logging == {"src/bankcore_infra/log_messages.py", "src/bankcore_infra/logs.py"}


def test_every_module_keeps_to_the_layers_it_was_given() -> None:
    lint_imports = Path(sys.executable).with_name("lint-imports")

    run = subprocess.run(
        [lint_imports, "--no-logo", "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert run.returncode == 0, run.stdout + run.stderr


def test_the_core_imports_with_nothing_installed_but_python() -> None:
    names = [".".join(module.path.relative_to(CORE.parent).with_suffix("").parts) for module in modules_below(CORE)]
    names = [name.removesuffix(".__init__") for name in names if not name.startswith("bankcore.testing")]

    run = subprocess.run(
        [sys.executable, "-I", "-S", "-c", IMPORT_WITHOUT_SITE_PACKAGES, CORE.parent, *names],
        capture_output=True,
        text=True,
        check=False,
    )

    assert run.returncode == 0, run.stderr
