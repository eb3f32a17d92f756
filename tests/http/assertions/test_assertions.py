"""Operators put down what another bank states, import its statements, and see what is not met."""

from datetime import timedelta
from typing import Any

import pytest

from bankcore.assertions.assertions import AssertionQueries
from bankcore.assertions.import_statement import ImportStatement
from bankcore.assertions.record import RecordAssertions
from bankcore.documents.camt053 import camt053_pieces
from bankcore.documents.statements import read_statement
from bankcore.ledger.accounts import settlement_account_id
from bankcore.money import CURRENCIES
from bankcore.testing.assertions import InMemoryAssertions, in_memory_assertions
from bankcore.testing.bank import in_memory_bank
from bankcore.testing.identifiers import SequentialIdentifiers
from bankcore.testing.services import ListedServices
from bankcore_http.assertions.blueprint import assertions_blueprint
from bankcore_http.auth import BearerToken
from bankcore_http.reading import statement_text
from bankcore_http.serving.app import create_app
from tests.worlds.http_client import ADMIN, AUDITOR, MAIN, OPERATOR, OTHER, SITA, HttpClient, NameIsToken
from tests.worlds.values import npr

PATH = "/v1/admin/assertions"
HEAD = "line,at,amount,currency,balance,reference,bankReference\n"
OPENING, CLOSING = "opening,2026-01-31,,NPR,0.00,,\n", "closing,2026-01-31T13:00:00Z,,NPR,12.00,,\n"
ENTRIES = "entry,2026-01-31,10.00,NPR,,Rent,A1\nentry,2026-01-31,2.00,NPR,,Fee,A2\n"


@pytest.fixture
def client() -> HttpClient:
    """An operator's client of a bank whose settlement account was moved by 10.00 a day ago."""
    banks = {tenant_id: in_memory_bank(tenant_id) for tenant_id in (MAIN, OTHER)}
    made: dict[Any, InMemoryAssertions] = {key: in_memory_assertions(bank) for key, bank in banks.items()}
    services = ListedServices(
        {
            AssertionQueries: lambda id_: made[id_].queries,
            RecordAssertions: lambda id_: made[id_].record,
            ImportStatement: lambda id_: made[id_].import_statement,
        }
    )
    application = create_app(
        [assertions_blueprint(services, BearerToken(NameIsToken()))],
        clock=banks[MAIN].clock,
        new_id=SequentialIdentifiers().new_id,
        readiness=dict,
        log_request=lambda _line: None,
    )
    account = banks[MAIN].accounts.open(owner_id="sita", currency="NPR")
    banks[MAIN].ledger.deposit(account.id, npr("10.00"), reference="Rent")
    banks[MAIN].clock.advance(timedelta(days=1))
    return HttpClient(banks, application.test_client(), asks_as=OPERATOR)


def settlement(client: HttpClient) -> str:
    """The id of the settlement account."""
    return str(settlement_account_id(client.bank.tenant_id, CURRENCIES["NPR"]))


def stated(client: HttpClient, **changes: object) -> dict[str, object]:
    """A body that is right."""
    body = {"accountId": settlement(client), "asOf": "2026-02-01T00:00:00Z", "balance": "10.00", "currency": "NPR"}
    return {**body, "source": "the settlement bank", **changes}


def imported(client: HttpClient, content: str, form: str = "csv") -> dict[str, object]:
    """The body of an import."""
    return {"accountId": settlement(client), "format": form, "content": content, "source": "statement 1"}


def test_what_is_stated_is_listed_beside_what_is_counted(client: HttpClient) -> None:
    first = client.post(PATH, stated(client), key="a")
    again = client.post(PATH, stated(client), key="a")
    client.post(PATH, stated(client, balance="-11.00", asOf="2026-02-01T00:00:01Z"))

    shown = client.data(PATH)

    assert (first.status_code, again.headers["Idempotent-Replayed"]) == (201, "true")
    assert first.get_json()["data"] == again.get_json()["data"]
    assert [(each["balance"], each["counted"], each["met"], each["superseded"]) for each in shown] == [
        ("-11.00", "10.00", False, False),
        ("10.00", "10.00", True, False),
    ]
    assert shown[1].items() >= first.get_json()["data"].items()


@pytest.mark.parametrize("who", [SITA, AUDITOR])
def test_only_operators_may_do_so(client: HttpClient, who: str) -> None:
    assert client.get(PATH, who).status_code == 403
    assert client.post(PATH, stated(client), who).status_code == 403
    assert client.post(f"{PATH}/statements", imported(client, HEAD), who).status_code == 403
    assert client.get(PATH, ADMIN).status_code == 200


@pytest.mark.parametrize(
    ("changes", "status", "code", "pointer"),
    [
        ({"balance": "10.005"}, 422, "validation_failed", "/amount"),
        ({"balance": "+10"}, 422, "validation_failed", "/balance"),
        ({"asOf": "2027-01-01T00:00:00Z"}, 422, "validation_failed", "/asOf"),
        ({"asOf": "2026-02-01"}, 422, "validation_failed", "/asOf"),
        ({"source": " "}, 422, "validation_failed", "/source"),
        ({"currency": "USD"}, 422, "currency_mismatch", None),
        ({"accountId": "019c1406-3400-7000-8000-00000000dead"}, 404, "not_found", None),
    ],
)
def test_what_cannot_be_put_down_is_refused(
    client: HttpClient, changes: dict[str, object], status: int, code: str, pointer: str | None
) -> None:
    answer = client.post(PATH, stated(client, **changes))

    error = answer.get_json()["error"]
    assert (answer.status_code, error["code"]) == (status, code)
    assert [each["pointer"] for each in error["errors"]] == ([] if pointer is None else [pointer])
    assert client.data(PATH) == []


def test_a_statement_is_imported_matched_and_what_is_left_over_is_listed(client: HttpClient) -> None:
    answer = client.post(f"{PATH}/statements", imported(client, HEAD + OPENING + ENTRIES + CLOSING))

    shown = answer.get_json()["data"]
    assert answer.status_code == 201
    assert [(match["theirs"]["line"], match["ours"]["amount"]) for match in shown["matches"]] == [(3, "-10.00")]
    assert [(each["line"], each["amount"], each["reference"]) for each in shown["onlyTheirs"]] == [(4, "2.00", "Fee")]
    assert shown["onlyOurs"] == []
    assert [(each["balance"], each["met"]) for each in client.data(PATH)] == [("12.00", False), ("0.00", True)]


def test_what_only_we_have_is_listed_too(client: HttpClient) -> None:
    nothing = HEAD + OPENING + CLOSING.replace("12.00", "0.00")

    shown = client.post(f"{PATH}/statements", imported(client, nothing)).get_json()["data"]

    assert [each["amount"] for each in shown["onlyOurs"]] == ["-10.00"]


def test_a_message_of_iso_20022_is_imported_as_well(client: HttpClient) -> None:
    account_id = settlement_account_id(client.bank.tenant_id, CURRENCIES["NPR"])
    ours = "".join(camt053_pieces(read_statement(client.bank.queries, account_id)))
    theirs = ours.replace("DBIT", "side").replace("CRDT", "DBIT").replace("side", "CRDT")

    shown = client.post(f"{PATH}/statements", imported(client, theirs, "camt053")).get_json()["data"]

    assert (len(shown["matches"]), shown["onlyTheirs"], shown["onlyOurs"]) == (1, [], [])
    assert {each["met"] for each in client.data(PATH)} == {True}


def test_every_wrong_line_is_named_and_nothing_is_imported(client: HttpClient) -> None:
    wrong = HEAD + OPENING + "entry,x,1.00,NPR,,,\n" + ENTRIES + "entry,2026-01-31,1.001,NPR,,,\n" + CLOSING

    answer = client.post(f"{PATH}/statements", imported(client, wrong))

    told = answer.get_json()["error"]["errors"]
    assert answer.status_code == 422
    assert [(each["pointer"], each["detail"][:7]) for each in told] == [
        ("/content", "line 3:"),
        ("/content", "line 6:"),
    ]
    assert client.data(PATH) == []


def test_not_more_wrong_lines_are_told_than_somebody_reads(client: HttpClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statement_text, "LINES_TOLD_MAX", 1)
    wrong = HEAD + OPENING + "entry,x,1.00,NPR,,,\n" * 2 + CLOSING

    answer = client.post(f"{PATH}/statements", imported(client, wrong))

    assert len(answer.get_json()["error"]["errors"]) == 1


@pytest.mark.parametrize("content", ["", 5])
def test_the_content_is_a_text(client: HttpClient, content: object) -> None:
    answer = client.post(f"{PATH}/statements", {**imported(client, HEAD), "content": content})

    assert answer.get_json()["error"]["errors"][0]["pointer"] == "/content"
