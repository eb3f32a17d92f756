"""What another bank states, put down and imported with the program."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from bankcore import Money
from bankcore.ledger.accounts import Account, settlement_account_id
from bankcore.money import CURRENCIES
from bankcore_infra import open_bank
from bankcore_infra.installation import Installation
from tests.worlds.program import Run

pytestmark = pytest.mark.timeout(180)
HEAD = "line,at,amount,currency,balance,reference,bankReference"


@pytest.fixture
def settlement(installation: Installation) -> Iterator[Account]:
    """Our side of 10.00 that came in just now."""
    with open_bank(data_dir=installation.data_dir) as bank:
        main = bank.tenant("main")
        opened = main.accounts.open(owner_id="shop", currency="NPR")
        main.ledger.deposit(opened.id, Money.of("10.00", "NPR"), reference="Rent")
        yield main.queries.get_account(settlement_account_id(main.id, CURRENCIES["NPR"]))


def test_what_is_stated_is_compared_and_a_statement_is_imported(run: Run, settlement: Account, tmp_path: Path) -> None:
    file = tmp_path / "statement.csv"
    rows = ["opening,2020-01-01,,NPR,0.00,,", "entry,2020-01-02,1.00,NPR,,Rent,A1", "closing,2020-01-02,,NPR,1.00,,"]
    file.write_text("\n".join([HEAD, *rows, ""]))

    added = run("assertions", "add", settlement.number, "0.00", "--as-of", "2020-01-01T12:00:00", "--source", "bank")
    imported = run("assertions", "import", settlement.number, str(file), "--source", "statement 1")
    listed = json.loads(run("assertions", "list", "--json").stdout)

    assert added.stdout == "the assertion is recorded\n"
    assert imported.exit_code == 1
    assert imported.stdout == (
        "2 assertions, 0 lines matched\nonly theirs: line 3: 1.00 NPR on 2020-01-02T00:00:00.000000Z, Rent\n"
    )
    assert [(each["verdict"], each["stated"], each["counted"], each["source"]) for each in listed] == [
        ("NOT MET", "1.00 NPR", "0.00 NPR", "statement 1"),
        ("met", "0.00 NPR", "0.00 NPR", "statement 1"),
        ("met", "0.00 NPR", "0.00 NPR", "bank"),
    ]
    assert {each["account"] for each in listed} == {settlement.number}


def test_each_wrong_line_is_named_with_its_file(run: Run, settlement: Account, tmp_path: Path) -> None:
    file = tmp_path / "statement.csv"
    file.write_text(f"{HEAD}\nentry,x,1.00,NPR,,,\nentry,y,1.00,NPR,,,\n")

    refused = run("assertions", "import", settlement.number, str(file), "--source", "statement 1")

    assert refused.exit_code == 1
    assert f"{file}:2: a time is a day" in refused.output
    assert f"{file}:3: a time is a day" in refused.output


def test_an_account_that_is_not_there_is_no_account_of_ours(run: Run) -> None:
    refused = run("assertions", "add", "123", "1.00", "--as-of", "2020-01-01T00:00:00", "--source", "bank")

    assert refused.exit_code == 1
