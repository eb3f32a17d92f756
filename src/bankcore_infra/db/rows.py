"""Statements on rows that are parameters: a few rows as they are, many with each column as one array.

An array costs the client a header and the server a function for each column: nothing for a thousand rows, and for one
row more than its insertion (measured, docs/adr/0039).
"""

from collections.abc import Callable, Sequence
from struct import Struct
from typing import Any, Final, NamedTuple

from bankcore_infra.db import arrays
from bankcore_infra.db.arrays import Packed
from bankcore_infra.db.exchange import Parameter, Sent, Statement

Row = tuple[Any, ...]

# A transfer has one of most things, and two entries and accounts; each number more is a prepared statement more.
_FEW: Final = 2


class Kind(NamedTuple):
    """Of what type the values of a column are, how one is packed, and how many are."""

    type: str
    pack: Callable[[Any], bytes]
    pack_all: Callable[[Sequence[Any]], Packed]
    cast: str = ""
    """Where the type has no form in which it could be sent: from `type` to it."""


ID: Final = Kind("uuid", lambda value: value.int.to_bytes(16, "big"), arrays.optional_uuids)
NUMBER: Final = Kind("bigint", Struct("!q").pack, arrays.integers)
INSTANT: Final = Kind("timestamptz", arrays.instant, arrays.instants)
TEXT: Final = Kind("text", str.encode, arrays.texts)
JSON: Final = TEXT._replace(cast="jsonb")
FLAG: Final = TEXT._replace(cast="boolean")
BYTES: Final = Kind("bytea", bytes, arrays.byte_strings)


class RowStatement:
    """A statement whose text has `{rows}` where its rows stand, in a FROM; before them come the other parameters."""

    __slots__ = ("_few", "_kinds", "_many")

    def __init__(self, text: str, kinds: Sequence[Kind], *, others: int = 1) -> None:
        """For rows of these kinds, after so many other parameters."""
        self._kinds: Final = tuple(kinds)
        first = others + 1
        self._few: Final = [Statement(text.format(rows=_values(kinds, first, rows))) for rows in range(1, _FEW + 1)]
        self._many: Final = Statement(text.format(rows=_unnest(kinds, first)))

    def on(self, rows: Sequence[Row], *others: Parameter) -> Sent:
        """The statement on these rows."""
        if not 0 < len(rows) <= _FEW:
            columns = zip(*rows, strict=True) if rows else [()] * len(self._kinds)
            packed = [kind.pack_all(column) for kind, column in zip(self._kinds, columns, strict=True)]
            return Sent(self._many, (*others, *packed))
        values = [
            None if value is None else Packed(kind.pack(value))
            for row in rows
            for kind, value in zip(self._kinds, row, strict=True)
        ]
        return Sent(self._few[len(rows) - 1], (*others, *values))


def _values(kinds: Sequence[Kind], first: int, rows: int) -> str:
    """As many rows with a parameter for each value."""
    width = len(kinds)
    listed = (
        "(" + ", ".join(_parameter(kind, first + row * width + place) for place, kind in enumerate(kinds)) + ")"
        for row in range(rows)
    )
    return f"(VALUES {', '.join(listed)})"


def _unnest(kinds: Sequence[Kind], first: int) -> str:
    """Any number of rows, with a parameter for each column."""
    return f"unnest({', '.join(_parameter(kind, first + place, '[]') for place, kind in enumerate(kinds))})"


def _parameter(kind: Kind, number: int, array: str = "") -> str:
    return f"${number}::{kind.type}{array}" + (f"::{kind.cast}{array}" if kind.cast else "")
