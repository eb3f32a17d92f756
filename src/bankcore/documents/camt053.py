"""A statement as camt.053.001.08, the bank-to-customer statement of ISO 20022, made while it is read."""

import re
from collections.abc import Iterator
from datetime import datetime
from hashlib import blake2s
from html import escape
from typing import Final

from bankcore.clock import instant_text
from bankcore.documents.statements import WINDOW, AccountStatement, StatementLine
from bankcore.errors import InvalidRequestError
from bankcore.ledger.accounts import Account
from bankcore.money import Money

CAMT053: Final = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"
_HEAD: Final = f'<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="{CAMT053}"><BkToCstmrStmt>'
_FOOT: Final = "</Stmt></BkToCstmrStmt></Document>\n"
# The standard has an amount of at most 18 digits, which is less than a BIGINT holds.
_MINOR_MAX: Final = 10**18 - 1
# What XML 1.0 has no way to write; no text of ours has it, and a name from elsewhere must not make the file unreadable.
_UNWRITABLE: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_UNKNOWN: Final = "\N{REPLACEMENT CHARACTER}"
_NAME_MAX: Final = 70
_OWNER_MAX: Final = 140


def camt053_pieces(statement: AccountStatement) -> Iterator[str]:
    """The message in pieces: the account, its opening and closing balances, then every entry, oldest first.

    Ids are written without hyphens, because the standard gives them 34 or 35 characters. A file that does not end with
    `</Document>` was cut off.

    Raises:
        InvalidRequestError: an amount has more digits than the standard has room for.
    """
    head = [_HEAD, _header(statement), "<Stmt>", *_facts(statement)]
    return _in_pieces(head, statement)


def _in_pieces(head: list[str], statement: AccountStatement) -> Iterator[str]:
    """The parts as text, a few hundred entries at a time, because single ones would be sent one by one."""
    pending = head
    for number, line in enumerate(statement.lines(), start=1):
        pending.append(_entry(line))
        if number % WINDOW == 0:
            yield "".join(pending)
            pending = []
    yield "".join([*pending, _FOOT])


def _header(statement: AccountStatement) -> str:
    made = _element("MsgId", _name_of(statement)) + _element("CreDtTm", instant_text(statement.issued_at))
    return f"<GrpHdr>{made}</GrpHdr>"


def _facts(statement: AccountStatement) -> Iterator[str]:
    yield _element("Id", _name_of(statement))
    yield _element("CreDtTm", instant_text(statement.issued_at))
    begin, end = instant_text(statement.from_instant), instant_text(statement.to_instant)
    yield f"<FrToDt>{_element('FrDtTm', begin)}{_element('ToDtTm', end)}</FrToDt>"
    yield _account(statement.account, statement.holder)
    yield _balance("OPBD", statement.opening, statement.from_instant)
    yield _balance("CLBD", statement.closing, statement.to_instant)


def _name_of(statement: AccountStatement) -> str:
    """The same for the same content, and no longer than the standard allows."""
    facts = (statement.account.id, statement.opened_by, statement.closed_by)
    return blake2s(repr((*map(str, facts), instant_text(statement.to_instant))).encode(), digest_size=16).hexdigest()


def _account(account: Account, holder: str | None) -> str:
    number = f"<Id><Othr>{_element('Id', account.number)}</Othr></Id>"
    name = "" if account.name is None else _element("Nm", account.name[:_NAME_MAX])
    owner = "" if holder is None else f"<Ownr>{_element('Nm', holder[:_OWNER_MAX])}</Ownr>"
    return f"<Acct>{number}{_element('Ccy', account.currency.code)}{name}{owner}</Acct>"


def _balance(code: str, balance: Money, at: datetime) -> str:
    kind = f"<Tp><CdOrPrtry>{_element('Cd', code)}</CdOrPrtry></Tp>"
    return f"<Bal>{kind}{_amount(balance)}<Dt>{_element('DtTm', instant_text(at))}</Dt></Bal>"


def _entry(line: StatementLine) -> str:
    entry, transaction = line
    amount = _amount(entry.amount)
    transaction_id = entry.transaction_id.hex
    return "".join(
        (
            "<Ntry>",
            _element("NtryRef", str(entry.sequence)),
            amount,
            "<RvslInd>true</RvslInd>" if transaction.reverses is not None else "",
            "<Sts><Cd>BOOK</Cd></Sts>",
            f"<BookgDt>{_element('DtTm', instant_text(entry.posted_at))}</BookgDt>",
            f"<ValDt>{_element('DtTm', instant_text(transaction.effective_at))}</ValDt>",
            _element("AcctSvcrRef", transaction_id),
            f"<BkTxCd><Prtry>{_element('Cd', transaction.kind)}</Prtry></BkTxCd>",
            "<NtryDtls><TxDtls>",
            f"<Refs>{_element('TxId', transaction_id)}</Refs>{amount}",
            _other_side(line),
            "" if transaction.reference is None else f"<RmtInf>{_element('Ustrd', transaction.reference)}</RmtInf>",
            "</TxDtls></NtryDtls></Ntry>",
        )
    )


def _other_side(line: StatementLine) -> str:
    if line.counterparty is None:
        return ""
    side = "CdtrAcct" if line.entry.amount_minor < 0 else "DbtrAcct"
    account = f"<Id><Othr>{_element('Id', line.counterparty.hex)}</Othr></Id>"
    return f"<RltdPties><{side}>{account}</{side}></RltdPties>"


def _amount(amount: Money) -> str:
    """The amount without a sign, and which side it is on."""
    if abs(amount.minor) > _MINOR_MAX:
        detail = "an amount has more than the 18 digits of camt.053: ask for csv"
        raise InvalidRequestError(pointer="/query/format", detail=detail)
    side = "DBIT" if amount.minor < 0 else "CRDT"
    number = abs(amount).to_decimal_string()
    return f'<Amt Ccy="{amount.currency.code}">{number}</Amt>{_element("CdtDbtInd", side)}'


def _element(name: str, text: str) -> str:
    return f"<{name}>{escape(_UNWRITABLE.sub(_UNKNOWN, text), quote=False)}</{name}>"
