"""What can stand in the audit log as an action is a constant, and one function makes the frame of a record."""

import ast
import importlib
import re
from collections.abc import Iterator
from typing import Final

from bankcore.actions import Action, Audience
from bankcore_infra.audit.laws.expected_rows import DECIDING, REVOKING, ExpectedRows
from bankcore_infra.audit.laws.findings import Findings
from bankcore_infra.audit.laws.frames import FACTS
from tests.architecture.source_tree import ROOT, Module, docstring_nodes, modules_below

SOURCE: Final = modules_below(ROOT / "src")
RECORDS: Final = "src/bankcore_infra/audit/recording/records.py"
# Byte for byte what the frame makes, as tests/unit/audit/test_posted_records.py says.
POSTED: Final = "src/bankcore_infra/audit/recording/posted_records.py"
# They read records of before, whose actions will never be others; the laws stand alone and can import none.
READERS_OF_OLD_RECORDS: Final = {
    "src/bankcore_infra/audit/recording/record_bodies.py",
    *(module.name for module in SOURCE if module.name.startswith("src/bankcore_infra/audit/laws/")),
}
SHOWN_AS_EXAMPLES: Final = {"src/bankcore_http/audit/shapes.py", "src/bankcore_http/events/shapes.py"}


def calls(module: Module, name: str) -> Iterator[ast.Call]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name:
            yield node


def declared(module: Module) -> set[ast.expr]:
    """The literals that are the name of an action where it is made."""
    return {call.args[0] for call in calls(module, "Action")}


def actions() -> set[Action]:
    """Every action that is a constant somewhere."""
    found = set[Action]()
    for module in SOURCE:
        if any(True for _ in calls(module, "Action")):
            path = module.path.relative_to(ROOT / "src").with_suffix("")
            values = vars(importlib.import_module(".".join(path.parts))).values()
            maps = [each for value in values if isinstance(value, dict) for each in value.values()]
            enums = [
                each.value
                for value in values
                if isinstance(value, type)
                for each in getattr(value, "__members__", {}).values()
            ]
            found |= {each for each in (*values, *maps, *enums) if isinstance(each, Action)}
    return found


def test_each_action_is_a_constant_and_has_a_name_of_its_own() -> None:
    literals = [call.args[0] for module in SOURCE for call in calls(module, "Action")]

    names = [node.value for node in literals if isinstance(node, ast.Constant)]
    assert len(names) == len(literals) == len(set(names)) == len(actions())
    assert [name for name in names if not re.fullmatch(r"[a-z_]+\.[a-z_]+", str(name))] == []


def test_no_action_is_written_out_or_put_together_elsewhere() -> None:
    subjects = "|".join(sorted({action.name.partition(".")[0] for action in actions()}))
    looks_like_one = re.compile(rf"(?<![a-z_.])({subjects})\.([a-z_]*$|[a-z_]+(?![a-z_.(]))")
    names = {action.name for action in actions()}
    wrong = []
    for module in SOURCE:
        if module.name in READERS_OF_OLD_RECORDS | SHOWN_AS_EXAMPLES:
            continue
        apart = declared(module) | docstring_nodes(module.tree)
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in apart:
                if any(name in node.value for name in names):
                    wrong.append(f"{module.place(node)} {node.value[:60]!r}")
            elif isinstance(node, ast.JoinedStr):
                parts = [part.value for part in node.values if isinstance(part, ast.Constant)]
                if any(looks_like_one.search(str(part)) and str(part).endswith(".") for part in parts):
                    wrong.append(f"{module.place(node)} {parts}")

    assert wrong == []


def test_one_function_makes_the_frame_of_a_record_but_that_of_posted_transactions_which_is_held_to_it() -> None:
    makers = {module.name for module in SOURCE for _ in calls(module, "AuditRecord")}
    writers = {module.name for module in SOURCE for _ in calls(module, "canonical_bytes")}

    assert makers == {RECORDS, POSTED}
    assert writers == {RECORDS, POSTED, "src/bankcore_infra/audit/recording/context.py"}


def test_what_the_owner_of_an_account_is_shown_is_said_one_by_one() -> None:
    assert {action.name for action in actions() if action.audience is Audience.OWNER} == {
        "account.opened",
        "hold.captured",
        "hold.expired",
        "hold.extended",
        "hold.placed",
        "hold.voided",
        "transaction.posted",
    }
    assert Action("anything.new").audience is Audience.NOBODY


def test_the_verifier_knows_no_action_that_there_is_not() -> None:
    known = {*FACTS, *REVOKING, *DECIDING, *vars(ExpectedRows(Findings()))["_readers"]}

    assert known <= {action.name for action in actions()}
