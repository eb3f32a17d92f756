"""The document tells what each route of the auditors gives and refuses."""

from typing import Any, Final

import pytest

from tests.worlds.http_audit import RECEIPT_KEYS, AuditClient
from tests.worlds.openapi import codes_of

OPERATIONS: Final = {
    "/v1/audit/events": {"forbidden"},
    "/v1/audit/events/{event_id}": {"forbidden", "not_found"},
    "/v1/audit/events/{event_id}/proof": {"forbidden", "not_found"},
    "/v1/audit/export": {"forbidden"},
    "/v1/audit/checkpoints": {"forbidden"},
    "/v1/audit/checkpoints/latest": {"forbidden", "not_found"},
    "/v1/accounts/{account_id}/chain": {"forbidden", "not_found"},
    "/v1/ledger/transactions/{transaction_id}/verify": {"forbidden", "not_found"},
    "/v1/ledger/trial-balance": {"forbidden"},
}


@pytest.mark.parametrize("path", OPERATIONS)
def test_an_operation_tells_who_may_ask_and_what_is_refused(client: AuditClient, path: str) -> None:
    document: Any = client.flask.get("/openapi.json").get_json()

    operation = document["paths"][path]["get"]
    codes = codes_of(document, operation)
    assert operation["summary"]
    assert operation["security"] == [{"bearer": []}, {"apiKey": []}]
    assert codes >= OPERATIONS[path] | {"unauthenticated", "token_expired", "unavailable"}
    assert "forbidden" in codes


def test_anybody_reads_the_keys_of_receipts(client: AuditClient) -> None:
    document: Any = client.flask.get("/openapi.json").get_json()

    answer = client.flask.get("/v1/audit/receipt-keys")

    assert (answer.status_code, answer.get_json()["data"]) == (200, RECEIPT_KEYS)
    assert document["paths"]["/v1/audit/receipt-keys"]["get"]["security"] == []
    assert document["components"]["schemas"]["ReceiptKey"]["required"] == sorted(RECEIPT_KEYS["keys"][0])


def test_the_export_is_documented_as_lines(client: AuditClient) -> None:
    document: Any = client.flask.get("/openapi.json").get_json()

    content = document["paths"]["/v1/audit/export"]["get"]["responses"]["200"]["content"]
    assert content.keys() == {"application/x-ndjson", "application/octet-stream"}
