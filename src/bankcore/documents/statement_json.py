"""A statement as one JSON object, with the members that HTTP shows, made while it is read."""

import json
from collections.abc import Iterator, Mapping
from itertools import islice

from bankcore.clock import instant_text
from bankcore.documents.statements import WINDOW, AccountStatement, StatementLine


def json_pieces(statement: AccountStatement) -> Iterator[str]:
    """The object in pieces, a line of text for each entry; without its closing balance it was cut off."""
    account = statement.account
    head = {
        "accountId": str(account.id),
        "number": account.number,
        "currency": account.currency.code,
        "from": instant_text(statement.from_instant),
        "to": instant_text(statement.to_instant),
        "opening": statement.opening.to_decimal_string(),
    }
    closing = {"closing": statement.closing.to_decimal_string()}
    yield f'{_dumped(head)[:-1]}, "lines": ['
    lines, before = statement.lines(), "\n"
    while window := list(islice(lines, WINDOW)):
        yield before + ",\n".join(_dumped(_line(line)) for line in window)
        before = ",\n"
    yield f"\n], {_dumped(closing)[1:]}\n"


def _line(line: StatementLine) -> Mapping[str, str | int | None]:
    entry, transaction = line
    return {
        "accountId": str(entry.account_id),
        "sequence": entry.sequence,
        "transactionId": str(entry.transaction_id),
        "amount": entry.amount.to_decimal_string(),
        "currency": entry.currency.code,
        "balanceBefore": entry.balance_before.to_decimal_string(),
        "balanceAfter": entry.balance_after.to_decimal_string(),
        "postedAt": instant_text(entry.posted_at),
        "kind": transaction.kind,
        "reference": transaction.reference,
        "counterpartyAccountId": None if line.counterparty is None else str(line.counterparty),
    }


def _dumped(members: Mapping[str, str | int | None]) -> str:
    return json.dumps(members, ensure_ascii=False)
