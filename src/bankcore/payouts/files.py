"""Reads the rows of a payout from CSV with a header, or from NDJSON: one JSON object a line."""

import csv
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Final

from bankcore.payouts.rows import InvalidRowsError, PayoutRow, RowField, RowProblem

_FIELDS: Final = tuple(field.value for field in RowField)
_REQUIRED: Final = (RowField.ACCOUNT.value, RowField.AMOUNT.value)
_HEADER: Final = "the first line names the columns: account,amount and, if wanted, currency,reference"
_OBJECT: Final = 'a line is an object such as {"account": "1234567890123456", "amount": "100.50"}'


class PayoutFormat(StrEnum):
    """How a file of rows is written."""

    CSV = "csv"
    NDJSON = "ndjson"


def read_rows(lines: Iterable[str], form: PayoutFormat) -> list[PayoutRow]:
    """The rows of a file in that format; blank lines are none.

    Raises:
        InvalidRowsError: some lines cannot be read; it names every one of them.
    """
    problems: list[RowProblem] = []
    rows = _READERS[form](lines, problems)
    if problems:
        raise InvalidRowsError(pointer="/items", detail=f"{len(problems)} problems", problems=tuple(problems))
    return rows


def _read_csv(lines: Iterable[str], problems: list[RowProblem]) -> list[PayoutRow]:
    reader = csv.reader(lines, strict=True)
    rows: list[PayoutRow] = []
    header: Sequence[str] | None = None
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if header is None:
                # Spreadsheets begin a file with a byte order mark.
                header = [cell.strip().removeprefix("\ufeff").lower() for cell in cells]
                if not _is_header(header):
                    problems.append(RowProblem(reader.line_num, None, _HEADER))
                    return []
            elif len(cells) != len(header):
                problems.append(RowProblem(reader.line_num, None, f"{len(cells)} cells under {len(header)} columns"))
            else:
                # An empty cell says nothing.
                told = {name: cell.strip() or None for name, cell in zip(header, cells, strict=True)}
                _add(rows, problems, reader.line_num, told)
    except csv.Error as error:
        problems.append(RowProblem(reader.line_num, None, str(error)))
    return rows


def _is_header(names: Sequence[str]) -> bool:
    return set(_REQUIRED) <= set(names) <= set(_FIELDS) and len(set(names)) == len(names)


def _read_ndjson(lines: Iterable[str], problems: list[RowProblem]) -> list[PayoutRow]:
    rows: list[PayoutRow] = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        told = _object_of(line)
        if told is None:
            problems.append(RowProblem(number, None, _OBJECT))
        elif unknown := sorted(set(told) - set(_FIELDS)):
            problems.append(RowProblem(number, None, f"unknown: {', '.join(unknown)}"))
        else:
            _add(rows, problems, number, told)
    return rows


def _object_of(line: str) -> Mapping[str, object] | None:
    try:
        value = json.loads(line, object_pairs_hook=_without_repeats)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _without_repeats(pairs: list[tuple[str, object]]) -> Mapping[str, object]:
    """The object. A name that comes twice could be read in two ways. Raises: ValueError."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError(_OBJECT)
    return found


def _add(rows: list[PayoutRow], problems: list[RowProblem], line: int, told: Mapping[str, object]) -> None:
    """Add the row, or what is wrong with it: amounts are texts here too, because JSON numbers are not exact."""
    wrong = [
        RowProblem(line, RowField(name), "missing" if told.get(name) is None else "a text")
        for name in _FIELDS
        if not isinstance(told.get(name), str) and (name in _REQUIRED or told.get(name) is not None)
    ]
    problems.extend(wrong)
    if not wrong:
        texts = {name: value for name in _FIELDS if isinstance(value := told.get(name), str)}
        rows.append(PayoutRow(line, **texts))


_READERS: Final[Mapping[PayoutFormat, Callable[[Iterable[str], list[RowProblem]], list[PayoutRow]]]] = {
    PayoutFormat.CSV: _read_csv,
    PayoutFormat.NDJSON: _read_ndjson,
}
