"""The statement of an account, written by the program in each form."""

import csv
import json
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest

from bankcore import Money
from bankcore.documents.bank_statements import BankStatement
from bankcore.documents.camt053_reader import read_camt053
from bankcore.ledger.accounts import Account
from bankcore_infra import open_bank
from bankcore_infra.installation import Installation
from tests.worlds.program import Run

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
def account(installation: Installation) -> Iterator[Account]:
    """An account with two deposits."""
    with open_bank(data_dir=installation.data_dir) as bank:
        main = bank.tenant("main")
        opened = main.accounts.open(owner_id="shop", currency="NPR")
        for amount in ("1.00", "2.50"):
            main.ledger.deposit(opened.id, Money.of(amount, "NPR"), reference="भाडा")
        yield opened


def test_each_form_tells_the_same_of_an_account_by_number_or_by_id(run: Run, account: Account, tmp_path: Path) -> None:
    rows = list(csv.reader(StringIO(run("statement", account.number).stdout)))
    shown = json.loads(run("statement", str(account.id), "--format", "json").stdout)
    out = tmp_path / "statement.xml"
    written = run("statement", account.number, "--format", "camt053", "--out", str(out))
    printed = run("statement", account.number, "--format", "pdf")

    message = read_camt053(out.read_bytes())
    assert written.exit_code == 0, written.output
    assert isinstance(message, BankStatement)
    assert [row[6] for row in rows[1:]] == ["0.00", "1.00", "3.50", "3.50"]
    assert [line["balanceAfter"] for line in shown["lines"]] == ["1.00", "3.50"]
    assert [str(entry.amount) for entry in message.entries] == ["1.00 NPR", "2.50 NPR"]
    assert (shown["closing"], str(message.closing)) == ("3.50", "3.50 NPR")
    assert printed.stdout_bytes.startswith(b"%PDF-")


def test_a_period_is_in_utc(run: Run, account: Account) -> None:
    shown = json.loads(run("statement", account.number, "--format", "json", "--to", "2020-01-01").stdout)

    assert (shown["lines"], shown["to"]) == ([], "2020-01-01T00:00:00.000000Z")


@pytest.mark.parametrize("name", ["12345", "019c1406-3400-7000-8000-00000000dead"])
def test_an_account_that_is_not_there_is_said_in_a_sentence(run: Run, name: str) -> None:
    refused = run("statement", name)

    assert refused.exit_code == 1
    assert f"the tenant main has no account {name}" in refused.output


def test_a_period_that_makes_no_sense_is_said_in_a_sentence(run: Run, account: Account) -> None:
    refused = run("statement", account.number, "--from", "2030-01-01")

    assert refused.exit_code == 1
    assert "the period begins after it ends" in refused.output
