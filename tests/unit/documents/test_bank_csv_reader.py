"""A statement as CSV is read exactly, or every wrong line is named."""

import pytest

from bankcore.documents import bank_csv_reader
from bankcore.documents.bank_csv_reader import CSV_COLUMNS, read_bank_csv
from bankcore.documents.bank_statements import BankStatement, Unreadable

HEAD = ",".join(CSV_COLUMNS)
OPENING = "opening,2026-01-01,,NPR,100.00,,"
ENTRY = "entry,2026-01-02T12:00:00+05:45,10.50,NPR,,Rent,A1"
CLOSING = "closing,2026-01-31,,NPR,110.50,,"


def file(*lines: str) -> bytes:
    return "\r\n".join([HEAD, *lines, ""]).encode()


def read(content: bytes) -> BankStatement:
    found = read_bank_csv(content, account="X")
    assert isinstance(found, BankStatement), found
    return found


def bad_lines(content: bytes) -> list[tuple[int, str]]:
    found = read_bank_csv(content, account="X")
    assert isinstance(found, Unreadable)
    return [(bad.line, bad.problem) for bad in found.lines]


@pytest.mark.parametrize("beginning", [b"", b"\xef\xbb\xbf"])
def test_a_whole_statement_is_read(beginning: bytes) -> None:
    found = read(beginning + file(OPENING, ENTRY, CLOSING))

    (entry,) = found.entries
    assert (found.account, str(found.opening), str(found.closing)) == ("X", "100.00 NPR", "110.50 NPR")
    assert (found.from_instant.isoformat(), found.to_instant.isoformat()) == (
        "2026-01-01T00:00:00+00:00",
        "2026-02-01T00:00:00+00:00",
    )
    assert (entry.line, str(entry.amount), entry.reference, entry.bank_reference) == (3, "10.50 NPR", "Rent", "A1")
    assert entry.booked_at.isoformat() == "2026-01-02T06:15:00+00:00"


def test_a_period_without_entries_is_one_too() -> None:
    assert read(file(OPENING, "closing,2026-01-31T10:00:00Z,,NPR,100.00,,")).entries == ()


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("entry,2026-01-02,10.505,NPR,,,", "NPR has 2 decimals"),
        ("entry,2026-01-02,1e1,NPR,,,", "decimal string"),
        ("entry,2026-01-02,,NPR,,,", "decimal string"),
        ("entry,2026-01-02,10.50,npr,,,", "codes are upper case"),
        ("entry,02.01.2026,10.50,NPR,,,", "a time is a day"),
        ("entry,0001-01-01T00:00:00+14:00,10.50,NPR,,,", "a time is a day"),
        ("entry,9999-12-31,10.50,NPR,,,", "a time is a day"),
        ("entry,2026-01-02,10.50,NPR,110.50,,", "an amount and no balance"),
        ("opening,2026-01-02,10.50,NPR,110.50,,", "a balance has no amount"),
        ("total,2026-01-02,10.50,NPR,,,", "opening, entry or closing"),
        ("entry,2026-01-02,10.50,NPR", "7 columns are expected, and there are 4"),
    ],
)
def test_every_wrong_line_is_named(line: str, problem: str) -> None:
    first, second = bad_lines(file(OPENING, line, ENTRY, line, CLOSING))

    assert (first[0], second[0]) == (3, 5)
    assert problem in first[1]
    assert problem in second[1]


@pytest.mark.parametrize(
    ("content", "line", "problem"),
    [
        (b"", 1, "the columns are line,at,"),
        (b"a,b\n", 1, "the columns are line,at,"),
        (b"\xff", 1, "this is not UTF-8"),
        (file(), 1, "an opening balance comes first"),
        (file(ENTRY, CLOSING), 3, "an opening balance comes first"),
        (file(OPENING, ENTRY), 3, "an opening balance comes first"),
        (file(OPENING, CLOSING, CLOSING), 4, "an opening balance comes first"),
        (file(OPENING), 2, "an opening balance comes first"),
        (file(OPENING, ENTRY, CLOSING.replace("110.50", "110.49")), 4, "the closing balance is not"),
        (file(OPENING, ENTRY.replace("NPR", "USD"), CLOSING), 3, "the account is in NPR"),
        (file(OPENING, ENTRY, CLOSING.replace("2026-01-31", "2025-01-31")), 4, "the period ends before"),
        (file(OPENING, 'entry,"2026', CLOSING), 4, "this is no CSV"),
    ],
)
def test_what_is_no_whole_statement_is_refused(content: bytes, line: int, problem: str) -> None:
    ((told_line, told),) = bad_lines(content)

    assert problem in told
    assert told_line == line


def test_a_file_too_large_to_hold_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bank_csv_reader, "BYTES_MAX", 100)

    assert bad_lines(file(OPENING, ENTRY, CLOSING)) == [(1, "the file has more than 100 bytes")]
