"""The lines of an export: their members, their order, and what each is about."""

from base64 import b64decode
from typing import Any, Final

from bankcore.audit.merkle import Frontier
from bankcore_infra.audit.laws.findings import SENSELESS, CannotVerifyError
from bankcore_infra.audit.laws.shapes import Shape
from bankcore_infra.audit.laws.writing import document_in

FORMAT: Final = "bankcore-audit-export-4"
# The forms before had no lines of limits, or none of holds either, and are the same in all else.
_READABLE: Final = ("bankcore-audit-export-2", "bankcore-audit-export-3", FORMAT)
_RECORD: Final = "body:text? body64:text? row:list? transaction:list|null? entries:list? account:list|null?"
LINES: Final = {
    kind: Shape(f"type:text {members}")
    for kind, members in {
        "record": f"i:count id:id xid:count leaf:hash nodes:hashes {_RECORD} proof:hashes?",
        "checkpoint": "note:text frontier:hashes row:list?",
        "later": "note:text proof:hashes",
        "earlier": "size:count proof:hashes",
        "unsealed": "id:id xid:count upto:count",
        "pending": f"id:id xid:count {_RECORD}",
        "account": "row:list",
        "user": "row:list",
        "session": "row:list",
        "fraud_case": "row:list",
        "fraud_policy": "row:list",
        "hold": "row:list",
        "limit_policy": "row:list",
        "unknown": "table:text place:text",
        "tables": "transactions:count entries:count accounts:count",
        "end": "records:count pending:count sha256:digest",
    }.items()
}
# Lines come in this order. Lines of one turn are mixed, and the last two turns have one line each.
_ORDER: Final = (
    "record/checkpoint later/earlier unsealed/pending account user session fraud_case fraud_policy hold"
    " limit_policy unknown tables end"
)
TURNS: Final = {kind: turn for turn, kinds in enumerate(_ORDER.split()) for kind in kinds.split("/")}
_HEADER: Final = Shape(
    "type:text format:text origin:text tenant:id start:count startedAt:instant|null exportedAt:instant end:count"
    " rows:flag frontier:hashes"
)


def place_of(line: dict[str, Any]) -> str:
    """The place of a line, for a finding."""
    kind = line["type"]
    if kind == "record":
        return f"record {line['i']} ({line['id']})"
    if kind == "pending":
        return f"unsealed record {line['id']}"
    if kind == "checkpoint":
        return f"checkpoint {line['note'].split(chr(10))[1:2][0]}"
    return f"{words(kind)} {line['row'][0]}" if "row" in line else f"the line {kind}"


def words(kind: str) -> str:
    """The kind of a line, in words."""
    return kind.replace("_", " ")


def header_in(line: bytes) -> dict[str, Any]:
    """The header in the first line of an export. Raises: CannotVerifyError."""
    if not line:
        raise CannotVerifyError("the export is empty")
    try:
        header = document_in(line.removesuffix(b"\n"))
        found = header["format"]
        if found in _READABLE:
            _HEADER.require(header)
            frontier_of(header["start"], header)
    except SENSELESS:
        raise CannotVerifyError("the file does not begin as an export of an audit log does") from None
    if found not in _READABLE:
        raise CannotVerifyError(f"the export has the form {str(found)[:50]}, this program reads {FORMAT}")
    return header


def frontier_of(size: int, line: dict[str, Any]) -> Frontier:
    """The frontier in a line, for a log of that size. Raises: CannotVerifyError."""
    try:
        return Frontier(size, map(b64decode, line["frontier"]))
    except ValueError:
        raise CannotVerifyError(f"no frontier of a log of {size} records") from None
