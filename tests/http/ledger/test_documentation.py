"""The document tells what each route of the ledger takes, gives and refuses."""

import json
from typing import Any, Final

import pytest

from tests.worlds.http_client import HttpClient
from tests.worlds.openapi import codes_of, resolved

READ_CODES: Final = {
    *(
        "unauthenticated",
        "token_expired",
        "forbidden",
        "tenant_suspended",
        "validation_failed",
        "unavailable",
        "internal_error",
    ),
}
KEY_CODES: Final = {"idempotency_key_required", "idempotency_key_reused", "idempotency_in_progress", "outcome_unknown"}
MOVE_CODES: Final = KEY_CODES | {
    *("not_found", "account_frozen", "account_closed", "currency_mismatch", "amount_out_of_range"),
}
DEBIT_CODES: Final = MOVE_CODES | {
    "account_dormant",
    "insufficient_funds",
    "limit_exceeded",
    "mfa_required",
    "approval_required",
}
OPERATIONS: Final = {
    ("get", "/v1/accounts"): set[str](),
    ("post", "/v1/accounts"): KEY_CODES,
    ("get", "/v1/accounts/{account_id}"): {"not_found"},
    ("get", "/v1/accounts/{account_id}/balance"): {"not_found"},
    ("get", "/v1/accounts/{account_id}/entries"): {"not_found"},
    ("get", "/v1/accounts/{account_id}/statement"): {"not_found"},
    ("post", "/v1/transactions/deposit"): MOVE_CODES | {"precondition_failed"},
    ("post", "/v1/transactions/withdraw"): DEBIT_CODES | {"precondition_failed"},
    ("post", "/v1/transactions/transfer"): DEBIT_CODES
    | {"precondition_failed", "same_account", "quote_used", "quote_expired"},
    ("post", "/v1/transactions/batch"): KEY_CODES | {"batch_refused", "mfa_required", "approval_required"},
    ("get", "/v1/transactions"): {"not_found"},
    ("get", "/v1/transactions/{transaction_id}"): {"not_found"},
    ("get", "/v1/transactions/{transaction_id}/receipt"): {"not_found", "not_acceptable"},
    ("get", "/v1/transactions/{transaction_id}/audit-receipt"): {"not_found"},
    ("get", "/v1/holds"): set[str](),
    ("post", "/v1/holds"): DEBIT_CODES,
    ("get", "/v1/holds/{hold_id}"): {"not_found"},
    ("post", "/v1/holds/{hold_id}/capture"): MOVE_CODES
    | {"account_dormant", "same_account", "capture_exceeds_hold", "invalid_state", "forbidden"}
    | {"mfa_required", "approval_required"},
    ("post", "/v1/holds/{hold_id}/void"): KEY_CODES | {"not_found", "invalid_state", "forbidden"},
    ("post", "/v1/holds/{hold_id}/extend"): KEY_CODES
    | {"not_found", "invalid_state", "forbidden", "expiry_out_of_range"},
    ("post", "/v1/admin/transactions/{transaction_id}/reverse"): MOVE_CODES
    | {
        "account_dormant",
        "insufficient_funds",
        "invalid_state",
        "forbidden",
        "mfa_required",
        "approval_required",
        "already_reversed",
        "reversal_exceeds_transaction",
    },
    ("post", "/v1/fx/quotes"): KEY_CODES | {"amount_out_of_range", "fx_unavailable"},
    ("get", "/v1/fx/quotes/{quote_id}"): {"not_found"},
    ("get", "/v1/admin/fx/positions"): set[str](),
}
CHANGING: Final = frozenset({"/v1/holds/{hold_id}/void", "/v1/holds/{hold_id}/extend", "/v1/transactions/batch"})
"""What changes something that is there, or may make nothing, and is answered as done and not as made."""
UNREAD: Final = {
    "rate_limited",
    "bad_request",
    "malformed_json",
    "payload_too_large",
    "request_timeout",
    "unsupported_media_type",
}


@pytest.fixture
def document(client: HttpClient) -> Any:
    """The OpenAPI document as it is served."""
    return client.flask.get("/openapi.json").get_json()


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_an_operation_tells_every_code_it_can_answer(document: Any, method: str, path: str) -> None:
    codes = codes_of(document, document["paths"][path][method])

    assert codes == READ_CODES | UNREAD | OPERATIONS[method, path]


def test_there_are_no_other_operations(document: Any) -> None:
    served = {
        (method, path)
        for path, operations in document["paths"].items()
        for method in operations
        if method in {"get", "post", "put", "patch", "delete"}
    }

    assert served == OPERATIONS.keys()


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_an_operation_says_who_may_ask_and_what_it_gives(document: Any, method: str, path: str) -> None:
    operation = document["paths"][path][method]

    status = "201" if method == "post" and path not in CHANGING else "200"
    success = operation["responses"][status]["content"]["application/json"]["schema"]
    assert operation["security"] == [{"bearer": []}, {"apiKey": []}]
    assert operation["summary"]
    assert "$ref" in json.dumps(success["allOf"][1]["properties"]["data"])
    if method == "post":
        assert "Idempotency-Key" in [resolved(document, parameter)["name"] for parameter in operation["parameters"]]
        assert "$ref" in operation["requestBody"]["content"]["application/json"]["schema"]


@pytest.mark.parametrize(
    ("path", "media_types"),
    [
        ("/v1/transactions/{transaction_id}/receipt", {"text/html", "application/pdf"}),
        ("/v1/accounts/{account_id}/statement", {"text/csv", "application/pdf", "application/xml"}),
    ],
)
def test_other_forms_than_json_are_told(document: Any, path: str, media_types: set[str]) -> None:
    content = document["paths"][path]["get"]["responses"]["200"]["content"]

    assert content.keys() == {"application/json", *media_types}


@pytest.mark.parametrize("what", ["deposit", "withdraw", "transfer"])
def test_a_posting_tells_how_to_get_an_audit_receipt(document: Any, what: str) -> None:
    operation = document["paths"][f"/v1/transactions/{what}"]["post"]

    parameters = [resolved(document, parameter) for parameter in operation["parameters"]]
    (prefer,) = [parameter for parameter in parameters if parameter["name"] == "Prefer"]
    assert (prefer["in"], prefer["required"], prefer["example"]) == ("header", False, "receipt")
    assert "Bankcore-Receipt" in operation["responses"]["201"]["headers"]


@pytest.mark.parametrize(
    "name",
    [
        *("MoneyBody", "TransferBodyWithToAccountId", "TransferBodyWithToAccountNumber", "AccountBody"),
        *("Account", "Transaction", "Receipt", "AuditReceipt"),
    ],
)
def test_the_fields_of_a_schema_have_examples(document: Any, name: str) -> None:
    schema = document["components"]["schemas"][name]

    without = {
        field for field, shown in schema["properties"].items() if not {"example", "items", "$ref"} & shown.keys()
    }
    # A transfer that is sent as the document shows it has no quote.
    assert without <= ({"fxQuoteId"} if name.startswith("TransferBody") else set())
    assert schema["additionalProperties"] is False
