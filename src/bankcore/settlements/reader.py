"""Reads a provider's settlement file, exactly or not at all: to the minor unit, and no line is passed over."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from typing import Final

from bankcore.documents.bank_statements import BadLine, Unreadable
from bankcore.errors import BankcoreError
from bankcore.money import Currency, Money
from bankcore.settlements.columns import SettlementColumns, folded
from bankcore.settlements.lines import LineKind, SettlementLine

SETTLEMENT_BYTES_MAX: Final = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class _Places:
    """In which cell of a row each column is."""

    by_name: Mapping[str, int]
    more_fees: tuple[int, ...]
    width: int


def read_settlement(content: bytes, columns: SettlementColumns) -> tuple[SettlementLine, ...] | Unreadable:
    """The lines of the file in UTF-8, in the order of the file; or every line that is wrong."""
    if len(content) > SETTLEMENT_BYTES_MAX:
        return Unreadable((BadLine(1, f"the file has more than {SETTLEMENT_BYTES_MAX} bytes"),))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return Unreadable((BadLine(1, "this is not UTF-8"),))
    good, bad = list[SettlementLine](), list[BadLine]()
    for read in _lines(text, columns):
        if isinstance(read, BadLine):
            bad.append(read)
        else:
            good.append(read)
    return Unreadable(tuple(bad)) if bad else tuple(good)


def _lines(text: str, columns: SettlementColumns) -> Iterator[SettlementLine | BadLine]:
    reader = csv.reader(StringIO(text, newline=""), strict=True)
    try:
        found = _find_places([folded(name) for name in next(reader, [])], columns)
        if isinstance(found, BadLine):
            yield found
            return
        for cells in reader:
            if cells:
                yield _line(reader.line_num, cells, found, columns.kinds)
    except csv.Error as error:
        yield BadLine(reader.line_num, f"this is no CSV: {error}")


def _find_places(header: Sequence[str], columns: SettlementColumns) -> _Places | BadLine:
    places = {what: _place(header, names) for what, names in columns.names.items()}
    by_name = {what: place for what, place in places.items() if place is not None}
    missing = [columns.names[what] for what in ("currency", "gross", "net", "fee") if what not in by_name]
    if not by_name.keys() & {"reference", "providerId"}:
        missing.insert(0, columns.names["reference"] + columns.names["providerId"])
    if missing:
        return BadLine(1, f"columns are missing: {'; '.join(' or '.join(names) for names in missing)}")
    more = [_place(header, names) for names in columns.more_fees]
    return _Places(by_name, tuple(place for place in more if place is not None), len(header))


def _place(header: Sequence[str], names: Sequence[str]) -> int | None:
    return next((header.index(name) for name in names if name in header), None)


def _line(line: int, cells: Sequence[str], at: _Places, kinds: Mapping[str, LineKind]) -> SettlementLine | BadLine:
    if len(cells) != at.width:
        return BadLine(line, f"{at.width} columns are expected, and there are {len(cells)}")
    said = {what: cells[place].strip() for what, place in at.by_name.items()}
    try:
        currency = Currency.of(said["currency"].upper())
        gross, net = Money.of(said["gross"], currency), Money.of(said["net"], currency)
        fees = (said["fee"], *(cells[place].strip() for place in at.more_fees))
        fee = Money.sum([Money.of(each or "0", currency) for each in fees], currency)
        if gross - fee != net:
            return BadLine(line, f"{gross} less fees of {fee} is not {net}")
    except BankcoreError as error:
        return BadLine(line, getattr(error, "detail", "") or error.title)
    word = said.get("kind")
    return SettlementLine(
        line=line,
        kind=LineKind.PAYMENT if word is None else kinds.get(folded(word), LineKind.OTHER),
        word=word or "",
        reference=said.get("reference") or None,
        provider_id=said.get("providerId") or None,
        gross=gross,
        fee=fee,
    )
