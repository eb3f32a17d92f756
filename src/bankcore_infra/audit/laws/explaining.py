"""Explains how a line of an export differs from the line that it must be."""

from typing import Any, Final

from bankcore_infra.audit.laws.columns import (
    ACCOUNT_COLUMNS,
    CONTEXT_COLUMNS,
    RECORD_COLUMNS,
    STATE_COLUMNS,
    TRANSACTION_COLUMNS,
    different,
)
from bankcore_infra.audit.laws.findings import Findings
from bankcore_infra.audit.laws.lines import LINES, place_of
from bankcore_infra.audit.laws.writing import encode

_NODES: Final = "the tree nodes beside it are not the hashes of what is below them"
_ROWS: Final = ("row", "transaction", "entries", "account")


def explain_line(findings: Findings, line: dict[str, Any], said: dict[str, Any], last_at: str) -> None:
    """Report the members of a line that differ, or the line itself if only its spelling differs."""
    LINES[line["type"]].require(line)
    place, told = place_of(line), len(findings.found)
    is_record = line["type"] in {"record", "pending"}
    since = f"recorded at {last_at}" if is_record else findings.since
    for name in {**said, **line}:
        if name not in said or name not in line:
            problem = f"has {'a' if name in line else 'no'} {name}, as none at its place has"
            findings.report("edited", place, problem, since)
        elif encode(said[name]) == encode(line[name]):
            continue
        elif is_record and name in _ROWS:
            _explain_rows(findings, name, said[name], line[name], place, since)
        elif name == "row":
            _explain_row(findings, line, said["row"])
        else:
            problem = _NODES if name == "nodes" else f"its {name} is not what it must be"
            findings.report("edited", place, problem, since)
    if len(findings.found) == told:
        findings.report("edited", place, "is not written as an export writes it", since)


def _explain_row(findings: Findings, line: dict[str, Any], said: list[Any]) -> None:
    """Report how the row of a checkpoint, or a row at the end, differs from what it must be."""
    kind, place, columns = line["type"], place_of(line), STATE_COLUMNS[line["type"]]
    for column in different(columns, said, line["row"]):
        if kind == "checkpoint":
            findings.report_recent("edited", place, f"its column {column} is not what its note says")
            continue
        found, must = line["row"][columns.index(column)], said[columns.index(column)]
        since = f"posted at {said[-2]}" if kind == "account" and isinstance(said[-2], str) else ""
        findings.report("edited", place, f"its {column} is {found}, and {must} after all its records", since)


def _explain_rows(findings: Findings, name: str, said: Any, found: Any, place: str, since: str) -> None:
    """Report how the row of a record, or of its subject, differs from what it must be."""
    if name == "row":
        for column in different((*RECORD_COLUMNS, *CONTEXT_COLUMNS), said, found):
            problem = f"its column {column} is not what its sealed body says"
            findings.report("edited", place, problem, since)
    elif name == "entries":
        _explain_entries(findings, said, found, place, since)
    elif found is None:
        findings.report("deleted", f"{name} {said[0]}", "is gone", since)
    else:
        columns = TRANSACTION_COLUMNS if name == "transaction" else ACCOUNT_COLUMNS
        for column in different(columns, said, found):
            problem = f"its {column} is not what was sealed"
            findings.report("edited", f"{name} {said[0]}", problem, since)


def _explain_entries(findings: Findings, said: list[list[Any]], found: list[list[Any]], place: str, since: str) -> None:
    sealed, now = ({(entry[0], entry[1]): entry for entry in entries} for entries in (said, found))
    for account, sequence in sorted(sealed.keys() | now.keys()):
        entry = f"{place}, entry {sequence} of account {account}"
        if (account, sequence) not in now:
            findings.report("deleted", entry, "is gone", since)
        elif (account, sequence) not in sealed:
            findings.report("inserted", entry, "was never sealed", since)
        elif encode(sealed[account, sequence]) != encode(now[account, sequence]):
            findings.report("edited", entry, "is not what was sealed", since)
