"""What other banks send is read exactly, or refused with the line that is wrong."""

import pytest

from bankcore.documents import camt053_reader, xml_tree
from bankcore.documents.bank_statements import BadLine, BankStatement, Unreadable
from bankcore.documents.camt053_reader import read_camt053

ENTRY = """
<Ntry><Amt Ccy="EUR">10.00000</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts>
<BookgDt><Dt>2026-01-02</Dt></BookgDt><AcctSvcrRef>A1</AcctSvcrRef>
<NtryDtls><TxDtls><Refs><EndToEndId>E1</EndToEndId></Refs></TxDtls></NtryDtls></Ntry>"""


def balance(code: str, amount: str, day: str) -> str:
    """A balance in credit."""
    kind = f"<Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>"
    return f'<Bal>{kind}<Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>'


def message(entries: str = ENTRY, *, closing: str = "110.00", version: str = "02", head: str = "") -> bytes:
    """A statement as an older bank writes it, from 100.00."""
    return f"""<?xml version="1.0" encoding="UTF-8"?>{head}
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}"><BkToCstmrStmt>
<GrpHdr><MsgId>M</MsgId><CreDtTm>2026-01-03T00:00:00+01:00</CreDtTm></GrpHdr><Stmt><Id>S</Id>
<Acct><Id><IBAN>DE89370400440532013000</IBAN></Id></Acct>
{balance("PRCD", "100.00", "2026-01-01")}
{balance("CLBD", closing, "2026-01-03")}
{entries}</Stmt></BkToCstmrStmt></Document>""".encode()


def read(content: bytes) -> BankStatement:
    """The statement, which must be readable."""
    found = read_camt053(content)
    assert isinstance(found, BankStatement), found
    return found


def bad_lines(content: bytes) -> tuple[BadLine, ...]:
    """The lines for which it is refused."""
    found = read_camt053(content)
    assert isinstance(found, Unreadable)
    return found.lines


@pytest.mark.parametrize("version", ["02", "06", "08", "10", "13"])
def test_each_version_is_read(version: str) -> None:
    found = read(message(version=version))

    (entry,) = found.entries
    assert (found.account, str(found.opening), str(found.closing)) == (
        "DE89370400440532013000",
        "100.00 EUR",
        "110.00 EUR",
    )
    assert (str(entry.amount), entry.bank_reference, entry.reference, entry.line) == ("10.00 EUR", "A1", "E1", 8)
    assert entry.booked_at == entry.value_at
    assert entry.booked_at.isoformat() == "2026-01-02T00:00:00+00:00"


def test_what_is_not_booked_yet_does_not_count() -> None:
    pending = ENTRY.replace("<Sts>BOOK</Sts>", "<Sts><Cd>PDNG</Cd></Sts>")

    assert len(read(message(ENTRY + pending)).entries) == 1


@pytest.mark.parametrize(
    ("old", "new", "reference"),
    [
        ("<EndToEndId>E1</EndToEndId>", "<EndToEndId>NOTPROVIDED</EndToEndId>", None),
        ("</TxDtls>", "<RmtInf><Ustrd>Rent</Ustrd></RmtInf></TxDtls>", "Rent"),
        ("<NtryDtls>", "<AddtlNtryInf>Fee</AddtlNtryInf><NtryDtls>", "E1"),
    ],
)
def test_the_reference_is_what_the_payer_wrote(old: str, new: str, reference: str | None) -> None:
    assert read(message(ENTRY.replace(old, new))).entries[0].reference == reference


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("10.00000", "10.001", "EUR has 2 decimals"),
        ("10.00000", "-10", "no sign"),
        ("10.00000", "1e1", "decimal string"),
        ('Ccy="EUR">10.00000', 'Ccy="USD">10.00', "the account in EUR"),
        ('Ccy="EUR">10.00000', 'Ccy="XYY">10.00', "not a currency"),
        ("<CdtDbtInd>CRDT", "<CdtDbtInd>BOTH", "neither CRDT nor DBIT"),
        ("2026-01-02", "2026-13-02", "is no date"),
        ("2026-01-02", "0001-01-01", "is no date"),
        ("<BookgDt><Dt>2026-01-02</Dt></BookgDt>", "", "there is no BookgDt"),
        ('<Amt Ccy="EUR">10.00000</Amt>', "", "one Amt is expected"),
    ],
)
def test_each_bad_entry_is_named_with_its_line(old: str, new: str, problem: str) -> None:
    bad = ENTRY.replace(old, new, 1)

    first, second = bad_lines(message(bad + ENTRY + bad))

    assert problem in first.problem
    assert (first.line, second.line - first.line) == (8, 6)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "not well-formed"),
        (b"line,amount", "not well-formed"),
        (b"<Document/>", "no camt.053"),
        (message().replace(b"camt.053", b"camt.054"), "no camt.053"),
        (message()[:-20], "not well-formed"),
        (message(head='<!DOCTYPE d [<!ENTITY a "aaaa">]>'), "a document type"),
        (message("<a>" * 50 + "</a>" * 50), "nested too deeply"),
        (message().replace(b"2026-01-03<", b"9999-12-31<"), "is no date"),
        (message(closing="111.00"), "the closing balance is not"),
        (message().replace(b"CLBD", b"ITBD"), "no balance CLBD"),
        (message().replace(b"<IBAN>DE89370400440532013000</IBAN>", b"<Othr/>"), "has no number"),
        (message().replace(b"<Stmt>", b"<Stmt/><Stmt>"), "one Stmt is expected"),
    ],
)
def test_what_is_no_whole_statement_is_refused(content: bytes, problem: str) -> None:
    (bad,) = bad_lines(content)

    assert problem in bad.problem


def test_a_file_too_large_to_hold_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(camt053_reader, "BYTES_MAX", 100)

    assert bad_lines(message())[0].problem == "the file has more than 100 bytes"


def test_a_small_file_of_many_elements_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml_tree, "ELEMENTS_MAX", 30)

    assert bad_lines(message("<a/>" * 100))[0].problem == "there are more than 30 elements"
