"""Statements and receipts as PDF: what a holder reads, prints and keeps."""

import re
from datetime import timedelta
from io import BytesIO

import pytest
from pypdf import PdfReader

from bankcore.documents import printing
from bankcore.identifiers import AccountId
from bankcore.ledger.accounts import Account
from bankcore.ledger.commands import PostTransaction
from bankcore.ledger.transactions import Posting
from bankcore.money import Money
from tests.worlds.http_client import AUDITOR, OPERATOR, RAM, SITA, HttpClient

A_DAY = timedelta(days=1)
MINUS = "\N{MINUS SIGN}"


def pages(client: HttpClient, path: str, who: str = SITA, **headers: str) -> list[str]:
    """The text of each page."""
    answer = client.get(path, who, **headers)
    assert (answer.status_code, answer.content_type) == (200, "application/pdf"), answer.get_json(silent=True)
    return [page.extract_text() for page in PdfReader(BytesIO(answer.data)).pages]


def statement(client: HttpClient, account: Account, who: str = SITA, query: str = "") -> list[str]:
    """The pages of a statement."""
    return pages(client, f"/v1/accounts/{account.id}/statement?format=pdf{query}", who)


@pytest.fixture
def account(client: HttpClient) -> Account:
    """An account of Sita with a deposit, and a payment to Ram."""
    mine, his = client.open(deposit="12345.60"), client.open(RAM)
    body = {"fromAccountId": str(mine.id), "toAccountId": str(his.id), "amount": "250.50", "currency": "NPR"}
    client.move("transfer", **body, reference="Rent for January")
    client.bank.clock.advance(A_DAY)
    return mine


def test_a_statement_tells_what_it_is_of_and_leads_from_the_opening_to_the_closing(
    client: HttpClient, account: Account
) -> None:
    (page,) = statement(client, account)

    for told in ("Account statement", "Sita", account.number, "NPR", "All times are in UTC"):
        assert told in page
    for told in ("31 January 2026, 12:00:00 UTC", "1 February 2026, 12:00:00 UTC, not included"):
        assert told in page
    in_order = (
        *("Opening balance", "12,345.60\n", "Deposit"),
        *(f"{MINUS}250.50", "12,095.10", "Transfer", "Rent for January", "Closing balance"),
    )
    places = [page.index(told) for told in in_order]
    assert places == sorted(places)


def test_amounts_have_the_decimals_of_their_currency(client: HttpClient) -> None:
    yen, dinar = client.open(currency="JPY", deposit="1250000"), client.open(currency="KWD", deposit="1250.125")
    client.bank.clock.advance(A_DAY)

    assert "1,250,000\n" in statement(client, yen)[0]
    assert "1,250.125\n" in statement(client, dinar)[0]


@pytest.mark.parametrize(("who", "times"), [(SITA, 1), (OPERATOR, 1), (AUDITOR, 0)])
def test_the_name_of_the_holder_is_told_to_the_holder_and_to_operators_only(
    client: HttpClient, account: Account, who: str, times: int
) -> None:
    assert statement(client, account, who)[0].count("Holder") == times


def test_each_page_has_its_number_and_the_head_of_the_table(client: HttpClient) -> None:
    account = client.open()
    for day in range(60):
        client.move("deposit", accountId=str(account.id), amount=f"{day + 1}.00", currency="NPR", reference="x" * 140)
    client.bank.clock.advance(A_DAY)

    found = statement(client, account)

    assert len(found) > 3
    for number, page in enumerate(found, start=1):
        assert re.search(rf"{number} / \s*{len(found)}\b", page)
        assert "Balance" in page
    assert sum(page.count("Deposit") for page in found) == 60
    assert "Closing balance in NPR" in found[-1]


def test_an_empty_period_is_one_page_with_one_balance(client: HttpClient, account: Account) -> None:
    (page,) = statement(client, account, query="&from=2026-02-01T00:00:00Z")

    assert page.count("12,095.10") == 3
    assert "Deposit" not in page


def test_the_same_statement_is_the_same_bytes(client: HttpClient, account: Account) -> None:
    path = f"/v1/accounts/{account.id}/statement?format=pdf&to=2026-02-01T00:00:00Z"

    assert client.get(path).data == client.get(path).data


def test_a_statement_is_a_file_named_after_account_and_period(client: HttpClient, account: Account) -> None:
    answer = client.get(f"/v1/accounts/{account.id}/statement?format=pdf")

    assert answer.headers["Content-Disposition"] == (
        f'attachment; filename="statement-{account.number}-2026-01-31-2026-02-01.pdf"'
    )


def test_a_statement_too_long_to_print_is_refused(
    client: HttpClient, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(printing, "PRINTED_LINES_MAX", 1)

    answer = client.get(f"/v1/accounts/{account.id}/statement?format=pdf")

    assert answer.status_code == 422
    assert answer.get_json()["error"]["errors"][0]["pointer"] == "/query/format"


def test_nobody_gets_pages_of_the_account_of_another(client: HttpClient, account: Account) -> None:
    assert client.get(f"/v1/accounts/{account.id}/statement?format=pdf", RAM).status_code == 404


def test_a_line_of_several_accounts_says_so(client: HttpClient) -> None:
    payer, *payees = (client.open(deposit="2.00") for _ in range(3))
    lines = [Posting(AccountId(each.id), Money.of("1.00", "NPR")) for each in payees]
    client.bank.ledger.post(
        PostTransaction((*lines, Posting(payer.id, Money.of("-2.00", "NPR"))), transaction_kind="payroll")
    )
    client.bank.clock.advance(A_DAY)

    (page,) = statement(client, payer)

    assert "Payroll" in page
    assert "several accounts" in page


def test_a_receipt_is_a_page_that_hides_the_balance_of_the_other_side(client: HttpClient, account: Account) -> None:
    transaction_id = client.data("/v1/transactions")[0]["id"]

    (page,) = pages(client, f"/v1/transactions/{transaction_id}/receipt", accept="application/pdf")

    for told in (
        "Transfer receipt",
        "250.50 NPR",
        f"{MINUS}250.50 NPR",
        "12,095.10 NPR",
        "not shown to you",
        transaction_id,
    ):
        assert told in page
    assert "Rent for January" in page


def test_a_receipt_of_a_movement_in_two_currencies_has_no_single_amount(client: HttpClient) -> None:
    rupees, yen = client.open(deposit="5.00"), client.open(currency="JPY", deposit="5")
    others = client.open(RAM), client.open(RAM, currency="JPY")
    lines = [
        Posting(rupees.id, Money.of("-1.00", "NPR")),
        Posting(others[0].id, Money.of("1.00", "NPR")),
        Posting(yen.id, Money.of("-1", "JPY")),
        Posting(others[1].id, Money.of("1", "JPY")),
    ]
    posted = client.bank.ledger.post(PostTransaction(tuple(lines), transaction_kind="exchange"))

    (page,) = pages(client, f"/v1/transactions/{posted.id}/receipt", accept="application/pdf")

    assert f"{MINUS}1 JPY" in page
    assert f"{MINUS}1.00 NPR" in page
