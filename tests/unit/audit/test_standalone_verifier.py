"""The one file that an auditor takes along is made of the modules with which the bank verifies itself."""

import ast
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from bankcore_infra.audit import standalone_verifier
from bankcore_infra.audit.standalone_verifier import build_verifier
from tests.architecture.source_tree import ROOT, modules_below

OLDER: Final = ROOT / "tests" / "integration" / "audit" / "older"
LAWS: Final = ROOT / "src" / "bankcore_infra" / "audit" / "laws"


@pytest.fixture(scope="module")
def built() -> ast.Module:
    return ast.parse(build_verifier())


def names_bound_by(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.Import | ast.ImportFrom):
        yield from (alias.asname or alias.name for alias in node.names)
    elif isinstance(node, ast.Assign):
        yield from (target.id for target in node.targets if isinstance(target, ast.Name))
    elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        yield node.target.id


def defined(tree: ast.Module) -> dict[str, str]:
    """What each function, class and constant of a module is, comments and all spacing aside."""
    return {
        name: ast.dump(node)
        for node in tree.body
        if not isinstance(node, ast.Import | ast.ImportFrom)
        for name in names_bound_by(node)
    }


def verified(program: list[str | Path], export: Path, *, folder: Path) -> subprocess.CompletedProcess[str]:
    witness: list[str | Path] = ["--checkpoint", OLDER / "checkpoint", "--public-key", OLDER / "public-key.pem"]
    command: list[str | Path] = [sys.executable, *program, export, *witness]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)


def test_the_file_holds_each_law_as_its_module_says_it(built: ast.Module) -> None:
    found = defined(built)
    said = {name: text for module in modules_below(LAWS) for name, text in defined(module.tree).items()}

    assert {name for name, text in said.items() if found.get(name) != text} == set()


def test_no_two_modules_of_the_file_have_a_name_for_two_things(built: ast.Module) -> None:
    counts = Counter(name for node in built.body for name in names_bound_by(node))

    assert {name for name, count in counts.items() if count > 1} == set()


def test_the_file_imports_nothing_but_the_standard_library_and_the_package_for_signatures(built: ast.Module) -> None:
    imported = {
        (node.module or "").partition(".")[0] if isinstance(node, ast.ImportFrom) else alias.name.partition(".")[0]
        for node in ast.walk(built)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }

    assert imported - sys.stdlib_module_names == {"cryptography"}


@pytest.mark.parametrize(("options", "told"), [(["-I"], ""), (["-I", "-S"], "NOT checked")])
def test_the_file_runs_alone_and_tells_a_sound_export_from_an_edited_one(
    options: list[str], told: str, tmp_path: Path
) -> None:
    (tmp_path / "verifier.py").write_text(build_verifier(), encoding="utf-8")
    edited = tmp_path / "edited.ndjson"
    edited.write_bytes((OLDER / "log.ndjson").read_bytes().replace(b"deposit", b"payment", 1))

    sound = verified([*options, "verifier.py"], OLDER / "log.ndjson", folder=tmp_path)
    other = verified([*options, "verifier.py"], edited, folder=tmp_path)

    assert (sound.returncode, other.returncode) == (0, 1), sound.stdout + sound.stderr + other.stderr
    assert sound.stdout.splitlines()[-1].startswith("clean: ")
    assert ("NOT checked" in sound.stderr) == bool(told)


def test_where_bankcore_is_the_builder_verifies_by_itself(tmp_path: Path) -> None:
    sound = verified([standalone_verifier.__file__], OLDER / "log.ndjson", folder=tmp_path)

    assert sound.returncode == 0, sound.stdout + sound.stderr


def test_the_builder_alone_says_how_to_get_the_file(tmp_path: Path) -> None:
    alone = tmp_path / "audit" / "alone" / "standalone_verifier.py"
    alone.parent.mkdir(parents=True)
    alone.write_bytes(Path(standalone_verifier.__file__).read_bytes())

    refused = verified([alone], OLDER / "log.ndjson", folder=tmp_path)

    assert (refused.returncode, refused.stdout) == (2, "")
    assert "`bankcore audit verifier --out FILE`" in refused.stderr
