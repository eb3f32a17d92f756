"""Names use the words of the glossary, and say what a thing is."""

import ast
import re
from typing import Final

from tests.architecture.source_tree import CORE, ROOT, Function, declared_names, modules_below

SOURCE = modules_below(ROOT / "src")
CORE_MODULES = modules_below(CORE)

FORBIDDEN_MODULE_NAMES: Final = {
    "base",
    "common",
    "core",
    "helper",
    "helpers",
    "manager",
    "managers",
    "misc",
    "shared",
    "util",
    "utilities",
    "utils",
}
# An adapter says which one it is (Sql, InMemory, System); a port and its values say what they mean.
FORBIDDEN_CLASS_NAME: Final = re.compile(r"^_?(I[A-Z][a-z]\w*|Abstract\w*|\w+(Impl|Dto|DTO|Helper|Utils?|Manager))$")
GIVEN_CLASS_NAMES: Final = {"AccountLockManager"}
# Verbs that fit every function describe none.
FORBIDDEN_VERBS: Final = {"do", "handle", "process"}
# What the glossary calls by another name: hold, reversal, settlement account.
FORBIDDEN_WORDS: Final = {"authorization", "cancel", "cancelled", "reservation", "rollback", "undo", "world"}
FORBIDDEN_PHRASES: Final = ("external_account", "system_account", "block_funds", "blocked_funds")


def words_of(name: str) -> set[str]:
    """The words of a name in snake_case or CamelCase, in lower case."""
    return {word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)}


def test_no_module_is_named_after_nothing_in_particular() -> None:
    names = {module.name: set(module.path.relative_to(ROOT / "src").with_suffix("").parts) for module in SOURCE}

    assert [name for name, parts in names.items() if parts & FORBIDDEN_MODULE_NAMES] == []


def test_a_class_is_named_after_what_it_is() -> None:
    wrong = [
        f"{module.place(node)} {node.name}"
        for module in SOURCE
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ClassDef)
        and FORBIDDEN_CLASS_NAME.match(node.name)
        and node.name not in GIVEN_CLASS_NAMES
    ]

    assert wrong == []


def test_a_function_of_the_core_is_named_after_what_it_does() -> None:
    wrong = [
        f"{module.place(node)} {node.name}"
        for module in CORE_MODULES
        for node in ast.walk(module.tree)
        if isinstance(node, Function) and node.name.lstrip("_").split("_")[0] in FORBIDDEN_VERBS
    ]

    assert wrong == []


def test_the_core_speaks_the_words_of_the_glossary() -> None:
    wrong = [
        f"{module.place(node)} {name}"
        for module in CORE_MODULES
        for name, node in declared_names(module.tree)
        if words_of(name) & FORBIDDEN_WORDS or any(phrase in name.lower() for phrase in FORBIDDEN_PHRASES)
    ]

    assert wrong == []
