"""A receipt is the transaction as a document: JSON for programs, a page for people."""

import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser
from typing import Any

import pytest
from typing_extensions import override

from bankcore.identifiers import AccountId
from bankcore.ledger.commands import PostTransaction
from bankcore.ledger.transactions import Posting
from bankcore.money import Money
from tests.worlds.http_client import OPERATOR, RAM, SITA, HttpClient

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"
HOSTILE = "<script>alert(1)</script> & \"'`{{ 7*7 }}</style><img src=x onerror=alert(1)>"
VOID_ELEMENTS = {"meta"}


class Page(HTMLParser):
    """What a browser would find in a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(html)
        self.close()

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID_ELEMENTS:
            self.open.append(tag)

    @override
    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    @override
    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.text += data


@pytest.fixture
def transfer(client: HttpClient) -> Any:
    """A transfer of Sita to Ram, with a reference that is not meant well."""
    mine, his = client.open(deposit="1000.00"), client.open(RAM)
    body = {"fromAccountId": str(mine.id), "toAccountNumber": his.number, "amount": "250.50", "currency": "NPR"}
    return client.move("transfer", **body, reference=HOSTILE, metadata={"key": "<b>value</b>"})


def receipt(client: HttpClient, transaction_id: str, who: str = SITA) -> str:
    """The page as it is sent."""
    answer = client.get(f"/v1/transactions/{transaction_id}/receipt", who, accept=BROWSER)
    assert (answer.status_code, answer.content_type) == (200, "text/html; charset=utf-8")
    return answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("", "application/json"),
        ("*/*", "application/json"),
        ("application/json", "application/json"),
        ("application/*", "application/json"),
        ("application/problem+json", "application/json"),
        ("text/html;q=0.5, application/json", "application/json"),
        ("text/html", "text/html; charset=utf-8"),
        ("text/*", "text/html; charset=utf-8"),
        ("application/json;q=0.5, text/html", "text/html; charset=utf-8"),
        (BROWSER, "text/html; charset=utf-8"),
    ],
)
def test_the_client_chooses_the_form(client: HttpClient, transfer: Any, accept: str, content_type: str) -> None:
    answer = client.get(f"/v1/transactions/{transfer['id']}/receipt", accept=accept)

    assert (answer.status_code, answer.content_type) == (200, content_type)
    assert answer.headers["Vary"] == "Accept"


@pytest.mark.parametrize("accept", ["application/xml", "image/png", "text/html;q=0", "nonsense"])
def test_a_form_that_is_not_offered_is_not_acceptable(client: HttpClient, transfer: Any, accept: str) -> None:
    answer = client.get(f"/v1/transactions/{transfer['id']}/receipt", accept=accept)

    error = answer.get_json()["error"]
    assert (answer.status_code, error["code"]) == (406, "not_acceptable")
    assert error["details"] == {"offered": "application/json, text/html, application/pdf"}


def test_a_receipt_in_json_is_the_transaction_and_more(client: HttpClient, transfer: Any) -> None:
    shown = client.data(f"/v1/transactions/{transfer['id']}/receipt")

    (account,) = shown.pop("accounts")
    assert account.keys() == {"accountId", "number", "name"}
    assert account["accountId"] == transfer["entries"][0]["accountId"]
    assert shown.pop("issuedAt") == "2026-01-31T12:00:00.000000Z"
    assert shown == transfer


def test_the_page_tells_what_a_payer_wants_to_keep(client: HttpClient, transfer: Any) -> None:
    page = Page(receipt(client, transfer["id"]))

    for told in ("Transfer receipt", "250.50 NPR", "-250.50 NPR", "1000.00 NPR", "749.50 NPR", transfer["id"]):
        assert told in page.text
    assert "31 January 2026, 12:00:00 UTC" in page.text
    assert "not shown to you" in page.text
    assert page.open == []


def test_every_text_is_escaped(client: HttpClient, transfer: Any) -> None:
    html = receipt(client, transfer["id"])

    page = Page(html)
    assert HOSTILE in page.text
    assert "<script" not in html
    assert not {"script", "img", "b", "link", "iframe", "form"} & {tag for tag, _attributes in page.elements}
    assert not [name for _tag, attributes in page.elements for name in attributes if name.startswith("on")]


def test_the_name_of_an_account_is_escaped_too(client: HttpClient) -> None:
    opened = client.post("/v1/accounts", {"currency": "NPR", "name": HOSTILE}).get_json()["data"]
    deposit = client.move("deposit", accountId=opened["id"], amount="1.00", currency="NPR")

    page = Page(receipt(client, deposit["id"]))

    assert HOSTILE in page.text
    assert opened["number"] in page.text
    assert not {"script", "img"} & {tag for tag, _attributes in page.elements}


def test_the_page_loads_nothing_and_its_policy_lets_its_own_style_through(client: HttpClient, transfer: Any) -> None:
    answer = client.get(f"/v1/transactions/{transfer['id']}/receipt", accept="text/html")

    html, policy = answer.get_data(as_text=True), answer.headers["Content-Security-Policy"]
    (style,) = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)
    digest = b64encode(sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    assert "url(" not in style
    assert not {"src", "href", "style", "action"} & {name for _tag, found in Page(html).elements for name in found}
    assert answer.headers.get_all("Content-Security-Policy") == [policy]
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_page_can_be_read_by_those_who_hear_it(client: HttpClient, transfer: Any) -> None:
    elements = Page(receipt(client, transfer["id"])).elements

    tags = [tag for tag, _attributes in elements]
    assert ("html", {"lang": "en"}) in elements
    assert [tags.count(tag) for tag in ("main", "h1", "title", "caption")] == [1, 1, 1, 1]
    assert all("scope" in attributes for tag, attributes in elements if tag == "th")
    assert all("datetime" in attributes for tag, attributes in elements if tag == "time")


def test_a_deposit_comes_from_the_bank(client: HttpClient) -> None:
    account = client.open()
    deposit = client.move("deposit", accountId=str(account.id), amount="1000.00", currency="NPR")

    text = Page(receipt(client, deposit["id"])).text

    assert "Deposit receipt" in text
    assert "The bank" in text
    assert account.number in text


def test_a_movement_of_several_currencies_has_no_total(client: HttpClient) -> None:
    rupees, dollars = client.open(deposit="10.00"), client.open(currency="USD", deposit="10.00")
    theirs = client.open(RAM, deposit="10.00"), client.open(RAM, currency="USD", deposit="10.00")
    lines = [
        Posting(AccountId(account.id), Money.of(amount, account.currency.code))
        for account, amount in ((rupees, "-5.00"), (theirs[0], "5.00"), (dollars, "0.04"), (theirs[1], "-0.04"))
    ]
    posted = client.bank.ledger.post(PostTransaction(tuple(lines), transaction_kind="fx_trade"))

    shown = client.data(f"/v1/transactions/{posted.id}")
    text = Page(receipt(client, str(posted.id))).text

    assert (shown["amount"], shown["currency"]) == (None, None)
    assert sorted(entry["currency"] for entry in shown["entries"]) == ["NPR", "NPR", "USD", "USD"]
    assert "FX trade receipt" in text
    assert "0.04 USD" in text


def test_a_receipt_of_many_accounts_shows_ids_alone(client: HttpClient) -> None:
    accounts = [client.open(deposit="1.00") for _ in range(12)]
    lines = [Posting(account.id, Money.of("-1.00", "NPR")) for account in accounts[1:]]
    lines.append(Posting(accounts[0].id, Money.of("11.00", "NPR")))
    posted = client.bank.ledger.post(PostTransaction(tuple(lines)))

    assert client.data(f"/v1/transactions/{posted.id}/receipt")["accounts"] == []
    assert str(accounts[0].id) in receipt(client, str(posted.id))


def test_staff_get_the_page_with_both_sides(client: HttpClient, transfer: Any) -> None:
    text = Page(receipt(client, transfer["id"], OPERATOR)).text

    assert "not shown to you" not in text
    assert "sita's NPR" in text
    assert "ram's NPR" in text
