"""A statement leads from its opening balance to its closing one, as JSON and as CSV."""

import csv
from datetime import timedelta
from io import StringIO

import pytest

from bankcore.documents import statement_csv, statements
from bankcore.errors import UnavailableError
from bankcore.ledger.accounts import Account
from bankcore.ledger.commands import PostTransaction
from bankcore.ledger.transactions import Posting
from bankcore.money import Money
from bankcore_http.ledger import statement_forms
from tests.worlds.http_client import OPERATOR, RAM, SITA, HttpClient


@pytest.fixture
def account(client: HttpClient) -> Account:
    """An account that was credited 1.00 to 9.00, at noon of nine days."""
    opened = client.open()
    for day in range(1, 10):
        client.move("deposit", accountId=str(opened.id), amount=f"{day}.00", currency="NPR")
        client.bank.clock.advance(timedelta(days=1))
    return opened


def test_a_statement_by_default_tells_everything(client: HttpClient, account: Account) -> None:
    shown = client.data(f"/v1/accounts/{account.id}/statement")

    assert [line["sequence"] for line in shown["lines"]] == list(range(1, 10))
    assert (shown["opening"], shown["closing"]) == ("0.00", "45.00")
    assert (shown["from"], shown["to"]) == ("2026-01-31T12:00:00.000000Z", "2026-02-09T12:00:00.000000Z")
    assert (shown["accountId"], shown["number"], shown["currency"]) == (str(account.id), account.number, "NPR")


@pytest.mark.parametrize(
    ("period", "opening", "sequences", "closing"),
    [
        ("from=2026-02-02T12:00:00Z&to=2026-02-05T12:00:00Z", "3.00", [3, 4, 5], "15.00"),
        ("from=2026-02-02T12:00:00.000001Z&to=2026-02-05T12:00:00.000001Z", "6.00", [4, 5, 6], "21.00"),
        ("from=2026-02-02T17:45:00%2B05:45&to=2026-02-03T17:45:00%2B05:45", "3.00", [3], "6.00"),
        ("to=2026-01-31T12:00:00Z", "0.00", [], "0.00"),
        ("to=2025-01-01T00:00:00Z", "0.00", [], "0.00"),
        ("from=2025-01-01T00:00:00Z&to=2026-02-01T00:00:00Z", "0.00", [1], "1.00"),
        ("from=2026-02-09T00:00:00Z", "45.00", [], "45.00"),
        ("from=2026-02-03T00:00:00Z&to=2026-02-03T00:00:00Z", "6.00", [], "6.00"),
        ("from=2026-02-08T00:00:00Z&to=2027-01-01T00:00:00Z", "36.00", [9], "45.00"),
    ],
)
def test_a_period_holds_what_was_posted_from_its_first_instant_to_before_its_last(
    client: HttpClient, account: Account, period: str, opening: str, sequences: list[int], closing: str
) -> None:
    shown = client.data(f"/v1/accounts/{account.id}/statement?{period}")

    assert shown["opening"] == opening
    assert [line["sequence"] for line in shown["lines"]] == sequences
    assert shown["closing"] == closing


def test_a_statement_ends_now_at_the_latest(client: HttpClient, account: Account) -> None:
    shown = client.data(f"/v1/accounts/{account.id}/statement?to=2027-01-01T00:00:00Z")

    assert shown["to"] == "2026-02-09T12:00:00.000000Z"


def test_csv_has_the_opening_every_entry_and_the_closing(client: HttpClient, account: Account) -> None:
    period = "from=2026-02-07T00:00:00Z&to=2026-02-09T00:00:00Z"
    answer = client.get(f"/v1/accounts/{account.id}/statement?format=csv&{period}")

    rows = list(csv.reader(StringIO(answer.get_data(as_text=True))))
    assert answer.content_type == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == (
        f'attachment; filename="statement-{account.number}-2026-02-07-2026-02-09.csv"'
    )
    assert rows[0][:7] == ["line", "sequence", "at", "transactionId", "amount", "currency", "balance"]
    assert rows[0][7:] == ["kind", "reference", "counterpartyAccountId"]
    assert rows[1] == ["opening", "", "2026-02-07T00:00:00.000000Z", "", "", "NPR", "28.00", "", "", ""]
    assert [[*row[:3], *row[4:7]] for row in rows[2:-1]] == [
        ["entry", "8", "2026-02-07T12:00:00.000000Z", "8.00", "NPR", "36.00"],
        ["entry", "9", "2026-02-08T12:00:00.000000Z", "9.00", "NPR", "45.00"],
    ]
    assert rows[-1] == ["closing", "", "2026-02-09T00:00:00.000000Z", "", "", "NPR", "45.00", "", "", ""]


def test_a_line_tells_kind_reference_and_the_other_account_as_the_history_does(client: HttpClient) -> None:
    mine, other = client.open(deposit="9.00"), client.open(RAM)
    client.move(
        "transfer",
        fromAccountId=str(mine.id),
        toAccountId=str(other.id),
        amount="1.00",
        currency="NPR",
        reference="भाडा, January",
    )
    client.bank.clock.advance(timedelta(days=1))

    sent = client.data(f"/v1/accounts/{mine.id}/statement")["lines"][-1]
    received = client.data(f"/v1/accounts/{other.id}/statement", RAM)["lines"][-1]
    rows = client.get(f"/v1/accounts/{other.id}/statement?format=csv", RAM).get_data(as_text=True)

    assert (sent["kind"], sent["reference"], sent["counterpartyAccountId"]) == (
        "transfer",
        "भाडा, January",
        str(other.id),
    )
    assert (received["counterpartyAccountId"], received["balanceAfter"]) == (str(mine.id), "1.00")
    assert list(csv.reader(StringIO(rows)))[2][7:] == ["transfer", "भाडा, January", str(mine.id)]
    assert "8.00" not in rows


@pytest.mark.parametrize("reference", ["=1+1", "+1", "-1", "@SUM(A1)", " =1+1", "\N{FULLWIDTH EQUALS SIGN}1+1"])
def test_what_somebody_else_wrote_is_no_formula_in_a_spreadsheet(client: HttpClient, reference: str) -> None:
    account = client.open()
    client.move("deposit", accountId=str(account.id), amount="1.00", currency="NPR", reference=reference)
    client.bank.clock.advance(timedelta(days=1))

    rows = client.get(f"/v1/accounts/{account.id}/statement?format=csv").get_data(as_text=True)
    shown = client.data(f"/v1/accounts/{account.id}/statement")

    assert list(csv.reader(StringIO(rows)))[2][8] == f"'{reference}"
    assert shown["lines"][0]["reference"] == reference


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t", "\r", "\n", *map(chr, (0xFF1D, 0xFF0B, 0xFF0D, 0xFF20))])
def test_no_first_character_begins_a_formula(first: str) -> None:
    assert statement_csv.as_text(f"{first}cmd|' /C calc'!A0") == f"'{first}cmd|' /C calc'!A0"


def test_of_several_other_accounts_none_is_the_counterparty(client: HttpClient) -> None:
    payer, *payees = (client.open(deposit="2.00") for _ in range(3))
    lines = [Posting(account.id, Money.of("1.00", "NPR")) for account in payees]
    lines.append(Posting(payer.id, Money.of("-2.00", "NPR")))
    client.bank.ledger.post(PostTransaction(tuple(lines), transaction_kind="payroll"))
    client.bank.clock.advance(timedelta(days=1))

    shown = client.data(f"/v1/accounts/{payer.id}/statement")["lines"][-1]

    assert (shown["kind"], shown["counterpartyAccountId"]) == ("payroll", None)


@pytest.mark.parametrize("window", [1, 2, 9, 10])
def test_a_long_statement_is_read_in_windows(
    client: HttpClient, account: Account, window: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(statements, "WINDOW", window)
    monkeypatch.setattr(statement_csv, "WINDOW", window)

    shown = client.data(f"/v1/accounts/{account.id}/statement")
    rows = client.get(f"/v1/accounts/{account.id}/statement?format=csv").get_data(as_text=True).splitlines()

    assert [line["sequence"] for line in shown["lines"]] == list(range(1, 10))
    assert len(rows) == 1 + 1 + 9 + 1


def test_a_statement_too_long_for_json_is_refused_and_streams_as_csv(
    client: HttpClient, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(statement_forms, "JSON_LINES_MAX", 8)

    answer = client.get(f"/v1/accounts/{account.id}/statement")

    assert answer.status_code == 422
    assert answer.get_json()["error"]["errors"][0]["pointer"] == "/query/format"
    assert client.get(f"/v1/accounts/{account.id}/statement?format=csv").status_code == 200


def test_staff_read_the_statement_of_our_own_side(client: HttpClient, account: Account) -> None:
    settlement = next(found for found in client.bank.snapshot().accounts if found.kind == "settlement")

    assert client.data(f"/v1/accounts/{settlement.id}/statement", OPERATOR)["closing"] == "-45.00"
    assert client.get(f"/v1/accounts/{settlement.id}/statement", SITA).status_code == 404


@pytest.mark.parametrize("form", ["json", "csv"])
def test_a_statement_that_cannot_be_read_is_told_like_any_other_failure(
    client: HttpClient, account: Account, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    monkeypatch.setattr(client.bank.queries, "find_transactions", _unavailable)

    answer = client.get(f"/v1/accounts/{account.id}/statement?format={form}")

    assert answer.status_code == 503
    assert answer.get_json()["error"]["retryable"] is True


def _unavailable(*_arguments: object) -> None:
    raise UnavailableError
