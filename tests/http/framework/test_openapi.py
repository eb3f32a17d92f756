"""The document tells the truth about the registry and the routes; its page loads nothing from elsewhere."""

import re
from collections import Counter
from typing import Any

import pytest
from flask import Flask

from bankcore_http.answering.errors import documented_codes, error_entry, registered_errors
from bankcore_http.documenting.docs_pages import docs_blueprint
from tests.worlds.http_framework import REFUSALS, FakeService
from tests.worlds.openapi import codes_by_status, is_failure, resolved


@pytest.fixture
def document(world: FakeService) -> Any:
    """The OpenAPI document as it is served."""
    return world.client.get("/openapi.json").get_json()


def test_both_addresses_serve_the_same_document(world: FakeService, document: Any) -> None:
    assert document["openapi"] == "3.1.0"
    assert world.client.get("/docs-json").get_json() == document


def test_the_document_is_made_once_whoever_asks_and_however_often() -> None:
    class Spec:
        made = 0

        def to_dict(self) -> dict[str, object]:
            self.made += 1
            return {"openapi": "3.1.0", "made": self.made}

    class Api:
        spec = Spec()

    app = Flask("documents")
    app.register_blueprint(docs_blueprint(Api()))  # type: ignore[arg-type] # this much of it is asked
    paths = ["/openapi.json", "/docs-json", "/openapi.json"]

    assert [app.test_client().get(path).get_json()["made"] for path in paths] == [1, 1, 1]


def test_every_code_of_the_registry_is_documented(document: Any) -> None:
    assert set(document["components"]["schemas"]["ErrorCode"]["enum"]) == documented_codes()


def test_every_branch_has_a_status_and_every_code_one_status() -> None:
    entries = [error_entry(error_type) for error_type in registered_errors()]

    statuses = {entry.code: entry.status for entry in entries}
    assert all((entry.code, entry.status) in statuses.items() for entry in entries)
    assert statuses["malformed_json"] == 400
    assert statuses["validation_failed"] == 422
    assert statuses["not_found"] == 404
    assert statuses["unavailable"] == 503


def test_no_two_errors_share_a_code_unless_one_is_the_other() -> None:
    named = Counter(error_type.code for error_type in registered_errors() if "code" in vars(error_type))
    shared = {code for code, times in named.items() if times > 1} - {"validation_failed"}

    assert not shared


def test_an_operation_documents_each_of_its_errors_under_its_status(document: Any) -> None:
    codes = codes_by_status(document, document["paths"]["/v1/till/refusals/{name}"]["get"])

    for refusal in REFUSALS.values():
        entry = error_entry(type(refusal))
        assert entry.code in codes.get(str(entry.status), codes["default"])
    assert "400" not in codes
    assert codes["default"] == {
        "bad_request",
        "malformed_json",
        "validation_failed",
        "unavailable",
        "internal_error",
        "payload_too_large",
        "rate_limited",
        "request_timeout",
        "unsupported_media_type",
    }


def test_every_failure_is_documented_in_both_forms(document: Any) -> None:
    operations = [path[method] for path in document["paths"].values() for method in ("get", "post") if method in path]

    assert len(operations) == 7
    for operation in operations:
        for status, response in operation["responses"].items():
            forms = {"application/json"} | ({"application/problem+json"} if is_failure(status) else set())
            assert set(resolved(document, response)["content"]) == forms


def test_success_is_documented_in_its_envelope(document: Any) -> None:
    responses = document["paths"]["/v1/till/money"]["post"]["responses"]
    common, own = responses["201"]["content"]["application/json"]["schema"]["allOf"]

    assert set(resolved(document, common)["required"]) == {"success", "statusCode", "message", "data", "error", "meta"}
    assert own["properties"] == {"data": {"$ref": "#/components/schemas/PutMoney"}}
    assert "Idempotent-Replayed" in responses["201"]["headers"]


def test_the_body_and_the_query_are_documented_as_they_are_on_the_wire(document: Any) -> None:
    body = document["components"]["schemas"]["PutMoneyBody"]
    rows = document["paths"]["/v1/till/rows"]["get"]

    assert set(body["properties"]) == {"accountId", "amount", "currency", "reference", "metadata", "effectiveAt"}
    assert body["additionalProperties"] is False
    assert [resolved(document, parameter)["name"] for parameter in rows["parameters"]] == [
        "limit",
        "cursor",
        "page",
        "currency",
    ]
    assert rows["operationId"] == "listRows"


def test_what_may_be_left_out_is_no_null(document: Any) -> None:
    parameters = document["paths"]["/v1/till/rows"]["get"]["parameters"]
    rows = [resolved(document, parameter) for parameter in parameters]
    body = document["components"]["schemas"]["PutMoneyBody"]

    assert {parameter["name"]: parameter["schema"]["type"] for parameter in rows} == {
        "limit": "integer",
        "cursor": "string",
        "page": "integer",
        "currency": "string",
    }
    assert [parameter for parameter in rows if parameter["required"]] == []
    assert body["required"] == ["accountId", "amount", "currency"]
    assert "null" not in str(body)


def test_a_component_says_what_it_is_and_what_its_members_may_be(document: Any) -> None:
    shown = document["components"]["schemas"]["PutMoney"]

    assert shown["description"] == "What was put into the till."
    assert shown["properties"]["reference"]["type"] == ["string", "null"]
    assert shown["properties"]["accountId"] == {"type": "string", "format": "uuid"}
    assert document["components"]["schemas"]["PutMoneyBody"]["properties"]["metadata"]["propertyNames"] == {
        "minLength": 1,
        "maxLength": 64,
    }


def test_an_envelope_is_open_to_more_members_and_what_is_in_it_is_not(document: Any) -> None:
    schemas = document["components"]["schemas"]

    opened = {name for name, schema in schemas.items() if schema.get("additionalProperties") is True}
    assert opened == {"Error", "ErrorDetails", "Failure", "FieldError", "Meta", "Page", "Problem", "Success"}
    assert schemas["Error"]["properties"]["code"] == {"$ref": "#/components/schemas/ErrorCode"}
    assert schemas["Problem"]["properties"]["code"] == {"$ref": "#/components/schemas/ErrorCode"}


def test_what_a_source_needs_is_documented_where_it_is_taken(document: Any) -> None:
    mine = document["paths"]["/v1/till/mine"]["get"]

    assert mine["security"] == [{"bearer": []}]
    assert "unauthenticated" in codes_by_status(document, mine)["401"]


def test_every_reference_in_the_document_leads_somewhere(world: FakeService, document: Any) -> None:
    for reference in re.findall(r'"\$ref":"#/([^"]+)"', world.client.get("/openapi.json").get_data(as_text=True)):
        place = document
        for step in reference.split("/"):
            place = place[step]


def test_the_page_and_everything_it_loads_come_from_here(world: FakeService) -> None:
    page = world.client.get("/docs").get_data(as_text=True)

    loaded = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert "http:" not in page
    assert "https:" not in page
    assert "//" not in "".join(loaded)
    assert [world.client.get(address).status_code for address in loaded] == [200] * len(loaded)
    assert not re.search(r"<script(?![^>]*src=)", page)
    assert "http" not in world.client.get("/docs/assets/initializer.js").get_data(as_text=True)


def test_the_page_alone_may_run_scripts_and_only_its_own(world: FakeService) -> None:
    policy = world.client.get("/docs").headers["Content-Security-Policy"]

    assert "script-src 'self';" in policy
    assert "unsafe-eval" not in policy
    assert "script-src" not in world.client.get("/openapi.json").headers["Content-Security-Policy"]


@pytest.mark.parametrize("name", ["index.html", "swagger-ui.js.map", "..%2f..%2fapp.py", "%2e%2e/app.py"])
def test_no_other_file_is_served(world: FakeService, name: str) -> None:
    assert world.client.get(f"/docs/assets/{name}").status_code == 404


def test_a_live_process_says_so(world: FakeService) -> None:
    answer = world.client.get("/health/live")

    assert (answer.status_code, answer.get_json()) == (200, {"status": "ok"})


def test_readiness_names_what_is_missing(world: FakeService) -> None:
    assert world.client.get("/health/ready").status_code == 200
    world.checks["broker"] = "it does not answer"

    answer = world.client.get("/health/ready")

    assert answer.status_code == 503
    assert answer.get_json() == {
        "status": "unavailable",
        "checks": {"database": "ok", "broker": "failed"},
        "duties": {},
        "faults": {"broker": "it does not answer"},
    }
