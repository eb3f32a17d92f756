"""The statement as JSON, made while it is read, has the members that HTTP shows."""

import json
from datetime import timedelta

import pytest

from bankcore.documents import statement_json, statements
from bankcore.documents.statement_json import json_pieces
from bankcore.documents.statements import read_statement
from bankcore.ledger.commands import Deposit
from bankcore.money import Money
from bankcore.testing.bank import in_memory_bank
from bankcore_http.ledger.shapes.accounts import present_statement


@pytest.mark.parametrize("window", [1, 2, 3, 500])
@pytest.mark.parametrize("count", [0, 1, 3, 4])
def test_it_is_what_http_shows(count: int, window: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statements, "WINDOW", window)
    monkeypatch.setattr(statement_json, "WINDOW", window)
    bank, seen = in_memory_bank(), list[int]()
    account = bank.accounts.open(owner_id="sita", currency="NPR")
    for _ in range(count):
        bank.ledger.post(Deposit(account.id, Money.of("1.05", "NPR"), reference='भाडा "x"'))
    bank.clock.advance(timedelta(days=1))

    told = read_statement(bank.queries, account.id)
    written = json.loads("".join(json_pieces(told)))
    for line in told.lines():
        seen.append(line.entry.sequence)

    assert written == present_statement(told)
    assert seen == list(range(1, count + 1))
