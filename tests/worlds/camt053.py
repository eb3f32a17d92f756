"""The structure of camt.053.001.08, as far as our statements use it, written down from its message definition.

Each element says its children in the order that the message has, how often each may come, and of what type it is.
"""

import re
from collections.abc import Iterator
from typing import Final
from xml.etree import ElementTree as ET

NAMESPACE: Final = "{urn:iso:std:iso:20022:tech:xsd:camt.053.001.08}"
MANY: Final = 10**9
# Types without children: what their text looks like.
TEXTS: Final = {
    "Max34Text": r".{1,34}",
    "Max35Text": r".{1,35}",
    "Max70Text": r".{1,70}",
    "Max140Text": r".{1,140}",
    "ISODateTime": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?",
    "CurrencyCode": r"[A-Z]{3}",
    "CreditDebitCode": r"CRDT|DBIT",
    "Amount": r"(?=[0-9.]{1,19}$)\d{1,18}(\.\d{1,5})?",
    "TrueFalse": r"true|false",
    "ExternalCode4": r".{1,4}",
}
# Name of the child, least, most, type. A type in capitals with no children here is not used by us.
CHILDREN: Final[dict[str, list[tuple[str, int, int, str]]]] = {
    "Document": [("BkToCstmrStmt", 1, 1, "Message")],
    "Message": [("GrpHdr", 1, 1, "GroupHeader"), ("Stmt", 1, MANY, "Statement"), ("SplmtryData", 0, MANY, "-")],
    "GroupHeader": [
        ("MsgId", 1, 1, "Max35Text"),
        ("CreDtTm", 1, 1, "ISODateTime"),
        *((name, 0, 1, "-") for name in ("MsgRcpt", "MsgPgntn", "OrgnlBizQry", "AddtlInf")),
    ],
    "Statement": [
        ("Id", 1, 1, "Max35Text"),
        *((name, 0, 1, "-") for name in ("StmtPgntn", "ElctrncSeqNb", "RptgSeq", "LglSeqNb")),
        ("CreDtTm", 0, 1, "ISODateTime"),
        ("FrToDt", 0, 1, "Period"),
        *((name, 0, 1, "-") for name in ("CpyDplctInd", "RptgSrc")),
        ("Acct", 1, 1, "OwnAccount"),
        ("RltdAcct", 0, 1, "-"),
        ("Intrst", 0, MANY, "-"),
        ("Bal", 1, MANY, "Balance"),
        ("TxsSummry", 0, 1, "-"),
        ("Ntry", 0, MANY, "Entry"),
        ("AddtlStmtInf", 0, 1, "-"),
    ],
    "Period": [("FrDtTm", 1, 1, "ISODateTime"), ("ToDtTm", 1, 1, "ISODateTime")],
    "OwnAccount": [
        ("Id", 1, 1, "AccountId"),
        ("Tp", 0, 1, "-"),
        ("Ccy", 0, 1, "CurrencyCode"),
        ("Nm", 0, 1, "Max70Text"),
        ("Prxy", 0, 1, "-"),
        ("Ownr", 0, 1, "Party"),
        ("Svcr", 0, 1, "-"),
    ],
    "OtherAccount": [("Id", 1, 1, "AccountId"), *((name, 0, 1, "-") for name in ("Tp", "Ccy", "Nm", "Prxy"))],
    "AccountId": [("IBAN", 0, 1, "-"), ("Othr", 0, 1, "OtherId")],
    "OtherId": [("Id", 1, 1, "Max34Text"), ("SchmeNm", 0, 1, "-"), ("Issr", 0, 1, "Max35Text")],
    "Party": [("Nm", 0, 1, "Max140Text"), *((name, 0, 1, "-") for name in ("PstlAdr", "Id", "CtryOfRes", "CtctDtls"))],
    "Balance": [
        ("Tp", 1, 1, "BalanceType"),
        ("CdtLine", 0, MANY, "-"),
        ("Amt", 1, 1, "Amount"),
        ("CdtDbtInd", 1, 1, "CreditDebitCode"),
        ("Dt", 1, 1, "Moment"),
        ("Avlbty", 0, MANY, "-"),
    ],
    "BalanceType": [("CdOrPrtry", 1, 1, "Code"), ("SubTp", 0, 1, "-")],
    "Code": [("Cd", 0, 1, "ExternalCode4"), ("Prtry", 0, 1, "Max35Text")],
    "Moment": [("Dt", 0, 1, "-"), ("DtTm", 0, 1, "ISODateTime")],
    "Entry": [
        ("NtryRef", 0, 1, "Max35Text"),
        ("Amt", 1, 1, "Amount"),
        ("CdtDbtInd", 1, 1, "CreditDebitCode"),
        ("RvslInd", 0, 1, "TrueFalse"),
        ("Sts", 1, 1, "Code"),
        ("BookgDt", 0, 1, "Moment"),
        ("ValDt", 0, 1, "Moment"),
        ("AcctSvcrRef", 0, 1, "Max35Text"),
        ("Avlbty", 0, MANY, "-"),
        ("BkTxCd", 1, 1, "TransactionCode"),
        *((name, 0, 1, "-") for name in ("ComssnWvrInd", "AddtlInfInd", "AmtDtls", "Chrgs", "TechInptChanl")),
        *((name, 0, 1, "-") for name in ("Intrst", "CardTx")),
        ("NtryDtls", 0, MANY, "Details"),
        ("AddtlNtryInf", 0, 1, "-"),
    ],
    "TransactionCode": [("Domn", 0, 1, "-"), ("Prtry", 0, 1, "OwnCode")],
    "OwnCode": [("Cd", 1, 1, "Max35Text"), ("Issr", 0, 1, "Max35Text")],
    "Details": [("Btch", 0, 1, "-"), ("TxDtls", 0, MANY, "Transaction")],
    "Transaction": [
        ("Refs", 0, 1, "References"),
        ("Amt", 0, 1, "Amount"),
        ("CdtDbtInd", 0, 1, "CreditDebitCode"),
        ("AmtDtls", 0, 1, "-"),
        ("Avlbty", 0, MANY, "-"),
        *((name, 0, 1, "-") for name in ("BkTxCd", "Chrgs", "Intrst")),
        ("RltdPties", 0, 1, "Parties"),
        *((name, 0, 1, "-") for name in ("RltdAgts", "LclInstrm", "Purp")),
        ("RltdRmtInf", 0, 10, "-"),
        ("RmtInf", 0, 1, "Remittance"),
    ],
    "References": [
        *((name, 0, 1, "Max35Text") for name in ("MsgId", "AcctSvcrRef", "PmtInfId", "InstrId", "EndToEndId")),
        ("UETR", 0, 1, "-"),
        ("TxId", 0, 1, "Max35Text"),
    ],
    "Parties": [
        *((name, 0, 1, "-") for name in ("InitgPty", "Dbtr")),
        ("DbtrAcct", 0, 1, "OtherAccount"),
        *((name, 0, 1, "-") for name in ("UltmtDbtr", "Cdtr")),
        ("CdtrAcct", 0, 1, "OtherAccount"),
    ],
    "Remittance": [("Ustrd", 0, MANY, "Max140Text"), ("Strd", 0, MANY, "-")],
}
ONE_OF: Final = {"AccountId", "Code", "Moment"}
"""Types that have exactly one of their children."""


def wrong_in(message: str) -> list[str]:
    """What the message definition does not allow, each with its place."""
    root = ET.fromstring(message)
    if root.tag != f"{NAMESPACE}Document":
        return [f"the root is {root.tag}"]
    return list(_wrong(root, "Document", "Document"))


def _wrong(element: ET.Element, kind: str, place: str) -> Iterator[str]:
    if kind in TEXTS:
        yield from _wrong_text(element, kind, place)
        return
    definition = CHILDREN.get(kind)
    if definition is None:
        yield f"{place} is written by nobody here"
        return
    names = [child.tag.removeprefix(NAMESPACE) for child in element]
    known = [name for name, _least, _most, _kind in definition]
    if unknown := [name for name in names if name not in known]:
        yield f"{place} has {unknown}"
        return
    yield from _wrong_children(names, kind, place)
    kinds = {name: child_kind for name, _least, _most, child_kind in definition}
    for child, name in zip(element, names, strict=True):
        yield from _wrong(child, kinds[name], f"{place}/{name}")


def _wrong_children(names: list[str], kind: str, place: str) -> Iterator[str]:
    known = [name for name, _least, _most, _kind in CHILDREN[kind]]
    if [known.index(name) for name in names] != sorted(known.index(name) for name in names):
        yield f"{place} has {names}, which is not their order"
    for name, least, most, _kind in CHILDREN[kind]:
        if not least <= names.count(name) <= most:
            yield f"{place} has {names.count(name)} of {name}"
    if kind in ONE_OF and len(names) != 1:
        yield f"{place} has {names}, and one of them is expected"


def _wrong_text(element: ET.Element, kind: str, place: str) -> Iterator[str]:
    if len(element):
        yield f"{place} has children"
    if not re.fullmatch(TEXTS[kind], element.text or "", re.DOTALL):
        yield f"{place} is {element.text!r}, which is no {kind}"
    if (kind == "Amount") != (set(element.attrib) == {"Ccy"}):
        yield f"{place} has the attributes {sorted(element.attrib)}"
