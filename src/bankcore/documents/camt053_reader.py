"""Reads camt.053, of any version: what another bank says of an account, or what we said ourselves."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final
from xml.parsers.expat import ExpatError

from bankcore.documents.bank_statements import BadLine, BankEntry, BankStatement, Unreadable, require_year
from bankcore.documents.xml_tree import ForbiddenXmlError, XmlNode, read_xml
from bankcore.errors import BankcoreError
from bankcore.money import Currency, Money

BYTES_MAX: Final = 16 * 1024 * 1024
"""Some 20,000 entries; the whole message is in memory while it is read."""
_MESSAGE: Final = "urn:iso:std:iso:20022:tech:xsd:camt.053.001."
_BOOKED: Final = "BOOK"
_A_DAY: Final = timedelta(days=1)
_OPENING: Final = ("OPBD", "PRCD")
_CLOSING: Final = ("CLBD",)
_NOTHING_GIVEN: Final = "NOTPROVIDED"


class _WrongError(Exception):
    """A place in the file, and what is wrong there."""

    def __init__(self, node: XmlNode, problem: str) -> None:
        super().__init__(problem)
        self.bad = BadLine(node.line, problem)


def read_camt053(content: bytes) -> BankStatement | Unreadable:
    """The one statement of the message, with its booked entries; or each line that is wrong."""
    if len(content) > BYTES_MAX:
        return Unreadable((BadLine(1, f"the file has more than {BYTES_MAX} bytes"),))
    try:
        root = read_xml(content)
    except ExpatError as error:
        return Unreadable((BadLine(error.lineno, "this is not well-formed XML"),))
    except ForbiddenXmlError as error:
        return Unreadable((BadLine(error.line, str(error)),))
    if not root.namespace.startswith(_MESSAGE):
        return Unreadable((BadLine(root.line, "this is no camt.053"),))
    try:
        return _statement(root)
    except _WrongError as error:
        return Unreadable((error.bad,))


def _statement(root: XmlNode) -> BankStatement | Unreadable:
    message = _only(root, "BkToCstmrStmt")
    node = _only(message, "Stmt")
    opening, closing = _balance(node, _OPENING), _balance(node, _CLOSING)
    entries, bad = list[BankEntry](), list[BadLine]()
    for each in node.all("Ntry"):
        try:
            entries += _entry(each, opening[0].currency)
        except _WrongError as error:
            bad.append(error.bad)
    if bad:
        return Unreadable(tuple(bad))
    moved = sum(entry.amount.minor for entry in entries)
    if opening[0].minor + moved != closing[0].minor or opening[0].currency != closing[0].currency:
        raise _WrongError(closing[2], "the closing balance is not the opening balance with all booked entries")
    return BankStatement(
        account=_account_of(node),
        from_instant=_limit(node, "FrDtTm", opening[1]),
        to_instant=_limit(node, "ToDtTm", closing[1]),
        opening=opening[0],
        closing=closing[0],
        entries=tuple(entries),
    )


def _only(node: XmlNode, name: str) -> XmlNode:
    found = node.all(name)
    if len(found) != 1:
        raise _WrongError(node, f"one {name} is expected, and there are {len(found)}")
    return found[0]


def _account_of(node: XmlNode) -> str:
    identifier = _only(_only(node, "Acct"), "Id")
    text = identifier.text_at("IBAN") or identifier.text_at("Othr", "Id")
    if not text:
        raise _WrongError(identifier, "the account has no number")
    return text


def _balance(node: XmlNode, codes: tuple[str, ...]) -> tuple[Money, datetime, XmlNode]:
    for code in codes:
        for balance in node.all("Bal"):
            if balance.text_at("Tp", "CdOrPrtry", "Cd") == code:
                return _amount(balance), _moment_of(balance, code), balance
    raise _WrongError(node, f"there is no balance {codes[0]}")


def _moment_of(balance: XmlNode, code: str) -> datetime:
    """When the balance is from: that of a day before is from its end, and so is a closing one."""
    is_end_of_day = balance.text_at("Dt", "DtTm") is None and code != "OPBD"
    return _instant(balance, "Dt") + (_A_DAY if is_end_of_day else timedelta())


def _entry(node: XmlNode, currency: Currency) -> Iterator[BankEntry]:
    """The entry if it is booked; others are not in the balances yet."""
    status = node.text_at("Sts", "Cd") or node.text_at("Sts")
    if status != _BOOKED:
        return
    amount = _amount(node)
    if amount.currency != currency:
        raise _WrongError(node, f"the entry is in {amount.currency}, the account in {currency}")
    booked_at = _instant(node, "BookgDt")
    yield BankEntry(
        line=node.line,
        amount=amount,
        booked_at=booked_at,
        value_at=_instant(node, "ValDt") if node.all("ValDt") else booked_at,
        bank_reference=node.text_at("AcctSvcrRef") or node.text_at("NtryDtls", "TxDtls", "Refs", "AcctSvcrRef"),
        reference=_reference(node),
    )


def _reference(node: XmlNode) -> str | None:
    said = node.text_at("NtryDtls", "TxDtls", "RmtInf", "Ustrd")
    end_to_end = node.text_at("NtryDtls", "TxDtls", "Refs", "EndToEndId")
    return said or (None if end_to_end == _NOTHING_GIVEN else end_to_end) or node.text_at("AddtlNtryInf")


def _amount(node: XmlNode) -> Money:
    written = _only(node, "Amt")
    side = node.text_at("CdtDbtInd")
    if side not in {"CRDT", "DBIT"}:
        raise _WrongError(node, "it is neither CRDT nor DBIT")
    try:
        currency = Currency.of(written.attributes.get("Ccy", ""))
        amount = Money.of(_without_needless_zeros(written.text, currency.exponent), currency)
    except BankcoreError as error:
        raise _WrongError(written, getattr(error, "detail", error.title)) from None
    if amount.minor < 0:
        raise _WrongError(written, "an amount has no sign of its own")
    return -amount if side == "DBIT" else amount


def _without_needless_zeros(text: str, decimals: int) -> str:
    """The number with no more decimals than it needs, because some banks write five for every currency."""
    whole, _, fraction = text.strip().partition(".")
    fraction = fraction[:decimals] + fraction[decimals:].rstrip("0")
    return f"{whole}.{fraction}" if fraction else whole


def _limit(node: XmlNode, name: str, otherwise: datetime) -> datetime:
    text = node.text_at("FrToDt", name)
    return otherwise if text is None else _read_instant(node, text)


def _instant(node: XmlNode, name: str) -> datetime:
    text = node.text_at(name, "DtTm") or node.text_at(name, "Dt")
    if text is None:
        raise _WrongError(node, f"there is no {name}")
    return _read_instant(node, text)


def _read_instant(node: XmlNode, text: str) -> datetime:
    """The instant; without an offset, in UTC, and a day is its first instant."""
    try:
        instant = require_year(datetime.fromisoformat(text))
        return instant.astimezone(UTC) if instant.tzinfo else instant.replace(tzinfo=UTC)
    except ValueError:
        raise _WrongError(node, f"{text[:40]} is no date") from None
