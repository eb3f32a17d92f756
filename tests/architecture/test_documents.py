"""The documents speak of what is there: names of the code, pictures of their present text, decisions one can find."""

import ast
import re
import tomllib
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Final

import pytest

from tests.architecture.source_tree import ROOT, declared_names, docstring_nodes, modules_below

DOCS: Final = ROOT / "docs"
DECISIONS: Final = sorted((DOCS / "adr").glob("[0-9]*.md"))
DIAGRAMS: Final = sorted((DOCS / "plantuml").glob("*.puml"))

BOXES_MAX: Final = 15
DECISION_LINES_MAX: Final = 70
# A box of one of these kinds is a part of the code; the others are people, processes and servers.
BOXES_OF_CODE: Final = {"participant", "component", "package", "entity"}
BOX: Final = re.compile(
    r'^\s*(participant|component|package|entity|actor|database|node|queue|cloud|state)\s+(?:"([^"]+)"|(\w+))',
    re.MULTILINE,
)
ENTITY: Final = re.compile(r"^entity (\w+) \{\n(.*?)^\}", re.MULTILINE | re.DOTALL)
TABLE: Final = re.compile(r"CREATE TABLE bankcore\.(\w+) \((.*?)\n        \)", re.DOTALL)
ADDED_COLUMN: Final = re.compile(r"ALTER TABLE bankcore\.(\w+) ADD COLUMN (\w+)")
DROPPED: Final = re.compile(r"^_DROPPED = \((.*)\)$", re.MULTILINE)
COLUMN: Final = re.compile(r"^ +([a-z_]+) [a-z]", re.MULTILINE)
PRIMARY_KEY: Final = re.compile(r"PRIMARY KEY \(([^)]+)\)")
CODE_WORD: Final = re.compile(r"\b(?:[A-Z][a-z]+(?:[A-Z][a-z]+)+|[a-z]+(?:_[a-z]+)+|[a-z]+(?=\())\b")
# Alembic names the column of its own table.
FOREIGN_NAMES: Final = {"version_num"}


@cache
def code_names() -> frozenset[str]:
    """Every name of the code: modules, folders, what they declare, and what the database has by the migrations."""
    modules = modules_below(ROOT / "src")
    declared = {name for module in modules for name, _node in declared_names(module.tree)}
    files = {part for module in modules for part in module.path.relative_to(ROOT / "src").with_suffix("").parts}
    triggers = {f"{table}_append_only" for table in tables()}
    return frozenset(declared | files | triggers | database_words() | FOREIGN_NAMES)


@cache
def database_words() -> frozenset[str]:
    """The identifiers in the SQL of the migrations and of the database's roles."""
    words: set[str] = set()
    for module in modules_below(ROOT / "migrations", ROOT / "src" / "bankcore_infra" / "db"):
        prose = docstring_nodes(module.tree)
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in prose:
                words.update(re.findall(r"[a-z_]+", node.value))
    return frozenset(words)


@cache
def tables() -> dict[str, tuple[set[str], set[str]]]:
    """The columns of each table that the migrations leave, and those of its primary key."""
    scripts = sorted((ROOT / "migrations" / "versions").glob("*.py"))
    found: dict[str, tuple[set[str], set[str]]] = {}
    text = "".join(script.read_text(encoding="utf-8") for script in scripts)
    for name, body in TABLE.findall(text):
        columns = set(COLUMN.findall(body))
        composite = PRIMARY_KEY.search(body)
        inline = re.search(r"([a-z_]+) [a-z]+ CONSTRAINT \w+ PRIMARY KEY,", body)
        assert composite or inline, name
        key = set(composite[1].split(", ")) if composite else {inline[1]} if inline else set()
        found[name] = (columns, key)
    for name, column in ADDED_COLUMN.findall(text):
        found[name][0].add(column)
    for name in re.findall(r'"(\w+)"', " ".join(DROPPED.findall(text))):
        del found[name]
    return found


def drawn_boxes(text: str) -> list[tuple[str, str]]:
    """The kind and the label of every box."""
    return [(kind, quoted or plain) for kind, quoted, plain in BOX.findall(text)]


def without_spaces(text: str) -> str:
    """The text as far as PlantUML keeps it in a picture, where it puts spaces between dashes."""
    return re.sub(r"\s", "", text)


def table_rows(path: Path) -> list[list[str]]:
    """The cells of every row of the tables of a Markdown file, headings and rules left out."""
    lines = path.read_text(encoding="utf-8").splitlines()
    rows = [line for number, line in enumerate(lines) if line.startswith("|") and not _is_heading(lines, number)]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]


def _is_heading(lines: list[str], number: int) -> bool:
    following = lines[number + 1] if number + 1 < len(lines) else ""
    return lines[number].startswith("|---") or following.startswith("|---")


def unknown_code(cell: str) -> set[str]:
    """The identifiers in backticks that the code does not have."""
    return {name for name in re.findall(r"`(\w+)`", cell) if not name.isupper() or "_" in name} - code_names()


@pytest.mark.parametrize("path", DIAGRAMS, ids=lambda path: path.stem)
def test_a_diagram_has_a_question_and_few_boxes(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    assert re.search(r"^title .+\?$", text, re.MULTILINE)
    assert 1 <= len(drawn_boxes(text)) <= BOXES_MAX


@pytest.mark.parametrize("path", DIAGRAMS, ids=lambda path: path.stem)
def test_a_diagram_uses_the_names_of_the_code(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    messages = " ".join(re.findall(r" : (.+)$", text, re.MULTILINE)).replace("\\n", " ")

    boxes = {part for kind, label in drawn_boxes(text) if kind in BOXES_OF_CODE for part in label.split("\\n")}
    assert (boxes | set(CODE_WORD.findall(messages))) - code_names() == set()


@pytest.mark.parametrize("path", DIAGRAMS, ids=lambda path: path.stem)
def test_a_picture_is_drawn_from_its_present_text(path: Path) -> None:
    style = (path.parent / "style.iuml").read_text(encoding="utf-8")
    text = path.read_text(encoding="utf-8").replace("!include style.iuml", style)

    picture = path.with_suffix(".svg").read_text(encoding="utf-8")

    assert without_spaces(text) in without_spaces(picture), "run `make docs`"


def test_the_diagrams_show_every_table_with_its_key() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in DIAGRAMS)

    shown = {name: body.split() for name, body in ENTITY.findall(text)}
    keys = {name: {word for before, word in pairwise(words) if before == "*"} for name, words in shown.items()}

    assert keys == {name: key for name, (_columns, key) in tables().items()}
    strange = {name: set(words) - tables()[name][0] - {"*", "--"} for name, words in shown.items()}
    assert {name: words for name, words in strange.items() if words} == {}


@pytest.mark.parametrize("path", DECISIONS, ids=lambda path: path.stem)
def test_a_decision_is_one_page_of_four_parts_and_in_the_index(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    index = (DOCS / "adr" / "README.md").read_text(encoding="utf-8")

    title = text.splitlines()[0].removeprefix("# ")

    assert len(text.splitlines()) <= DECISION_LINES_MAX
    assert title.startswith(f"{path.name[:4]}. ")
    assert all(f"\n## {part}\n" in text for part in ("Context", "Decision", "Rejected", "Consequences"))
    assert f"[{title}]({path.name})" in index


def test_every_link_between_documents_leads_somewhere() -> None:
    broken = [
        f"{path.relative_to(ROOT)}: {target}"
        for path in DOCS.rglob("*.md")
        for target in re.findall(r"\]\(([^)#:]+)\)", path.read_text(encoding="utf-8"))
        if not (path.parent / target).exists()
    ]

    assert broken == []


def test_every_decision_that_the_code_names_is_there() -> None:
    numbers = {path.name[:4] for path in DECISIONS}
    named = {
        number
        for module in modules_below(ROOT / "src", ROOT / "migrations")
        for number in re.findall(r"docs/adr/(\d{4})", module.path.read_text(encoding="utf-8"))
    }

    assert named - numbers == set()


def test_every_dependency_of_the_running_program_has_its_reasons() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    reasons = (DOCS / "adr" / "0013-dependencies.md").read_text(encoding="utf-8").lower()

    needed = [*project["dependencies"], *project["optional-dependencies"]["embedded"]]

    assert [name for requirement in needed if (name := re.split(r"[^\w-]", requirement)[0]) not in reasons] == []


def test_the_glossary_is_sorted_and_names_what_the_code_has() -> None:
    rows = table_rows(DOCS / "glossary.md")

    words = [word.strip("`").lower() for word, _code, _meaning in rows]
    assert words == sorted(words)
    assert {word: unknown for word, code, _meaning in rows if (unknown := unknown_code(code))} == {}
    assert [word for word, code, _meaning in rows if "`" not in code and code != "-"] == []


def test_the_description_of_the_database_names_what_the_database_has() -> None:
    rows = table_rows(DOCS / "database.md")

    described = {name for row in rows for name in re.findall(r"`(\w+)`", row[0])}

    assert [unknown for row in rows for cell in row if (unknown := unknown_code(cell))] == []
    assert set(tables()) - described == set()
