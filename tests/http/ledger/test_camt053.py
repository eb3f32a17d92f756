"""A statement as camt.053 keeps to the message definition, and read back it is the statement as JSON."""

from datetime import timedelta
from typing import Any

import pytest

from bankcore.documents import camt053, statements
from bankcore.documents.bank_statements import BankStatement
from bankcore.documents.camt053_reader import read_camt053
from bankcore.ledger.accounts import Account
from bankcore.ledger.commands import PostTransaction
from bankcore.ledger.transactions import Posting
from bankcore.money import MINOR_MAX, Currency, Money
from tests.worlds.camt053 import wrong_in
from tests.worlds.http_client import AUDITOR, OPERATOR, RAM, SITA, HttpClient

HOSTILE = "</Ustrd><Ntry>&amp; ]]> \"'& 家賃 भाडा"


def message(client: HttpClient, account: Account, who: str = SITA, query: str = "") -> str:
    """The file, which must be right."""
    answer = client.get(f"/v1/accounts/{account.id}/statement?format=camt053{query}", who)
    assert (answer.status_code, answer.content_type) == (200, "application/xml; charset=utf-8")
    text = answer.get_data(as_text=True)
    assert wrong_in(text) == []
    return text


def read(text: str) -> BankStatement:
    """The file, read by our own reader."""
    found = read_camt053(text.encode())
    assert isinstance(found, BankStatement), found
    return found


def as_told_by_json(shown: Any) -> tuple[object, ...]:
    """What both forms tell, of a statement in JSON."""
    lines = [
        (line["amount"], line["postedAt"], line["transactionId"].replace("-", ""), line["reference"])
        for line in shown["lines"]
    ]
    return shown["number"], shown["from"], shown["to"], shown["opening"], shown["closing"], lines


def as_told_by_xml(found: BankStatement) -> tuple[object, ...]:
    """The same of one that was read."""
    lines = [
        (entry.amount.to_decimal_string(), text_of(entry.booked_at), entry.bank_reference, entry.reference)
        for entry in found.entries
    ]
    limits = text_of(found.from_instant), text_of(found.to_instant)
    return found.account, *limits, found.opening.to_decimal_string(), found.closing.to_decimal_string(), lines


def text_of(instant: Any) -> str:
    """As on the wire."""
    return str(instant.isoformat(timespec="microseconds").replace("+00:00", "Z"))


@pytest.mark.parametrize(
    ("currency", "amount"), [("NPR", "1234.56"), ("JPY", "1234"), ("KWD", "1234.567"), ("CLF", "9.2345")]
)
@pytest.mark.parametrize(
    "period", ["", "&from=2026-02-01T00:00:00Z&to=2026-02-02T00:00:00Z", "&to=2026-01-01T00:00:00Z"]
)
def test_what_is_read_back_equals_the_statement_in_json(
    client: HttpClient, currency: str, amount: str, period: str
) -> None:
    mine, his = client.open(currency=currency, deposit=amount), client.open(RAM, currency=currency)
    body = {"fromAccountId": str(mine.id), "toAccountId": str(his.id), "currency": currency}
    for reference in ("Rent", HOSTILE, "x" * 140):
        client.bank.clock.advance(timedelta(hours=9, microseconds=1))
        client.move("transfer", **body, amount="1", reference=reference)
    client.bank.clock.advance(timedelta(days=1))

    found = read(message(client, mine, query=period))

    assert as_told_by_xml(found) == as_told_by_json(client.data(f"/v1/accounts/{mine.id}/statement?{period[1:]}"))


def test_an_entry_tells_the_other_account_and_whether_it_undoes_another(client: HttpClient) -> None:
    mine, his = client.open(deposit="9.00"), client.open(RAM)
    body = {"fromAccountId": str(mine.id), "toAccountId": str(his.id), "amount": "1.00", "currency": "NPR"}
    sent = client.bank.ledger.post(
        PostTransaction(
            (Posting(mine.id, Money.of("-1.00", "NPR")), Posting(his.id, Money.of("1.00", "NPR"))),
            transaction_kind="card_payment",
        )
    )
    client.move("transfer", **body)
    client.bank.clock.advance(timedelta(days=1))

    paid, received = message(client, mine), message(client, his, RAM)

    assert f"<CdtrAcct><Id><Othr><Id>{his.id.hex}</Id></Othr></Id></CdtrAcct>" in paid
    assert f"<DbtrAcct><Id><Othr><Id>{mine.id.hex}</Id></Othr></Id></DbtrAcct>" in received
    assert "<Prtry><Cd>card_payment</Cd></Prtry>" in paid
    assert f"<TxId>{sent.id.hex}</TxId>" in paid
    assert "RvslInd" not in paid


def test_an_entry_that_undoes_another_says_so(client: HttpClient) -> None:
    account = client.open(deposit="9.00")
    (entry,) = client.bank.queries.list_entries(account.id, limit=1)
    client.bank.ledger.reverse(entry.transaction_id, reason="A mistake")
    client.bank.clock.advance(timedelta(days=1))

    assert message(client, account).count("<RvslInd>true</RvslInd>") == 1


def test_of_several_other_accounts_none_is_told(client: HttpClient) -> None:
    payer, *payees = (client.open(deposit="2.00") for _ in range(3))
    lines = [Posting(account.id, Money.of("1.00", "NPR")) for account in payees]
    lines.append(Posting(payer.id, Money.of("-2.00", "NPR")))
    client.bank.ledger.post(PostTransaction(tuple(lines), transaction_kind="payroll"))
    client.bank.clock.advance(timedelta(days=1))

    # The deposit has one on the other side, the payroll has three.
    assert message(client, payer).count("<RltdPties>") == 1


def test_the_owner_is_named_to_the_holder_and_to_operators_only(client: HttpClient) -> None:
    account = client.open()

    assert "<Ownr><Nm>Sita</Nm></Ownr>" in message(client, account)
    assert "<Ownr><Nm>Sita</Nm></Ownr>" in message(client, account, OPERATOR)
    assert "Ownr" not in message(client, account, AUDITOR)


@pytest.mark.parametrize("window", [1, 2, 3, 4])
def test_a_long_statement_is_sent_in_windows(client: HttpClient, window: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statements, "WINDOW", window)
    monkeypatch.setattr(camt053, "WINDOW", window)
    account = client.open(deposit="1.00")
    for _ in range(2):
        client.move("deposit", accountId=str(account.id), amount="1.00", currency="NPR")
    client.bank.clock.advance(timedelta(days=1))

    assert len(read(message(client, account)).entries) == 3


def test_an_amount_that_the_standard_has_no_room_for_is_refused(client: HttpClient) -> None:
    account = client.open()
    largest = Money(MINOR_MAX, Currency.of("NPR")).to_decimal_string()
    client.move("deposit", accountId=str(account.id), amount=largest, currency="NPR")
    client.bank.clock.advance(timedelta(days=1))

    answer = client.get(f"/v1/accounts/{account.id}/statement?format=camt053")

    assert answer.status_code == 422
    assert answer.get_json()["error"]["errors"][0]["pointer"] == "/query/format"
