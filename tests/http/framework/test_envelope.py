"""Every answer below `/v1` has one shape, and every answer at all has the fixed headers."""

from typing import Any

import pytest

from tests.worlds.http_framework import ACCOUNT, FIELDS, NOW, FakeService

STAMP = "2026-01-31T12:00:00.000000Z"
FIXED = {
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
    "Referrer-Policy": "no-referrer",
}
POLICY = "default-src 'none'; frame-ancestors 'none'"
PATHS = ["/v1/till/plain", "/v1/till/rows", "/v1/till/refusals/till", "/v1/till/broken", "/nowhere", "/health/live"]
PATHS += ["/health/ready", "/openapi.json", "/docs-json", "/docs", "/docs/assets/swagger-ui.css", "/docs/assets/no"]


def test_success_has_every_member_of_the_envelope(world: FakeService) -> None:
    answer = world.client.post("/v1/till/money", json=FIELDS, headers={"X-Request-Id": "order-0001"})

    assert answer.status_code == 201
    assert answer.get_json() == {
        "success": True,
        "statusCode": 201,
        "message": "Money put",
        "data": {
            "accountId": str(ACCOUNT),
            "amount": "1.50",
            "currency": "NPR",
            "reference": None,
            "postedAt": STAMP,
        },
        "error": None,
        "meta": {"requestId": "order-0001", "timestamp": STAMP},
    }


def test_an_answer_is_compact_and_keeps_its_order(world: FakeService) -> None:
    text = world.client.get("/v1/till/rows").get_data(as_text=True)

    assert text.startswith('{"success":true,"statusCode":200,"message":"Request completed successfully","data":[')


def test_a_view_may_add_headers(world: FakeService) -> None:
    assert world.client.post("/v1/till/money", json=FIELDS).headers["Idempotent-Replayed"] == "true"


def test_failure_has_every_member_of_the_envelope(world: FakeService) -> None:
    answer = world.client.get("/v1/till/refusals/till", headers={"X-Request-Id": "order-0001"})

    assert answer.status_code == 422
    assert answer.get_json() == {
        "success": False,
        "statusCode": 422,
        "message": "The till is empty",
        "data": None,
        "error": {
            "code": "till_empty",
            "details": {"accountId": str(ACCOUNT), "available": "10.00", "since": STAMP},
            "errors": [],
            "retryable": False,
        },
        "meta": {"requestId": "order-0001", "timestamp": STAMP},
    }
    assert NOW.isoformat() not in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("name", "status", "wait"),
    [("running", 409, "3"), ("slow-down", 429, "7"), ("quote", 410, None), ("till", 422, None)],
)
def test_what_may_be_tried_again_says_when(world: FakeService, name: str, status: int, wait: str | None) -> None:
    answer = world.client.get(f"/v1/till/refusals/{name}")

    assert (answer.status_code, answer.headers.get("Retry-After")) == (status, wait)
    assert answer.get_json()["error"]["retryable"] is (wait is not None)


@pytest.mark.parametrize("accept", ["application/json", "application/problem+json"])
def test_clients_are_not_told_what_goes_on_in_our_house(world: FakeService, accept: str) -> None:
    answer = world.client.get("/v1/till/refusals/full", headers={"Accept": accept})

    assert answer.status_code == 503
    assert "disk" not in answer.get_data(as_text=True)


def test_a_stranger_is_told_how_to_present_himself(world: FakeService) -> None:
    answer = world.client.get("/v1/till/mine")

    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_carries_the_fixed_headers(world: FakeService, path: str) -> None:
    headers = world.client.get(path).headers

    assert {name: headers[name] for name in FIXED} == FIXED
    assert headers["X-Request-Id"].startswith("req_")
    assert path.startswith("/docs") or headers["Content-Security-Policy"] == POLICY


@pytest.mark.parametrize("method", ["TRACE", "OPTIONS", "PUT", "PATCH", "DELETE", "GET", "BREW"])
def test_an_undocumented_method_is_not_allowed(world: FakeService, method: str) -> None:
    answer = world.client.open("/v1/till/money", method=method)

    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
    assert answer.get_json()["error"]["code"] == "method_not_allowed"


@pytest.mark.parametrize(
    "path", ["/v1", "/v1/till", "/v1/till/money/", "/v1//till/rows", "/v1/nothing", "/favicon.ico"]
)
def test_an_unknown_path_is_not_found_and_never_redirected(world: FakeService, path: str) -> None:
    answer = world.client.get(path)

    assert (answer.status_code, answer.get_json()["error"]["code"]) == (404, "not_found")


@pytest.mark.parametrize("path", ["//v1/till/rows", "///v1/till/rows"])
def test_a_path_has_one_spelling(world: FakeService, path: str) -> None:
    # The test client would take the first segment for a host.
    answer = world.client.get("/v1/till/rows", environ_overrides={"PATH_INFO": path})

    assert (answer.status_code, answer.get_json()["error"]["code"]) == (404, "not_found")


def test_a_document_of_another_type_goes_out_as_it_is(world: FakeService) -> None:
    answer = world.client.get("/v1/till/plain")

    assert (answer.get_data(), answer.content_type) == (b"a,b\n", "text/csv")


def test_a_head_request_has_the_headers_and_no_body(world: FakeService) -> None:
    whole, head = world.client.get("/v1/till/rows"), world.client.head("/v1/till/rows")

    assert (head.get_data(), head.headers["Content-Length"]) == (b"", whole.headers["Content-Length"])


def problem(world: FakeService, path: str, accept: str) -> tuple[str, Any]:
    answer = world.client.get(path, headers={"Accept": accept, "X-Request-Id": "order-0001"})
    return answer.content_type, answer.get_json()


def test_a_client_that_asks_for_problem_details_gets_them(world: FakeService) -> None:
    content_type, body = problem(world, "/v1/till/refusals/till?", "application/problem+json")

    assert content_type == "application/problem+json"
    assert body == {
        "type": "urn:bankcore:problem:till_empty",
        "title": "The till is empty",
        "status": 422,
        "detail": "The till is empty",
        "instance": "/v1/till/refusals/till",
        "code": "till_empty",
        "requestId": "order-0001",
        "errors": [],
        "details": {"accountId": str(ACCOUNT), "available": "10.00", "since": STAMP},
        "retryable": False,
    }


@pytest.mark.parametrize(
    ("path", "status"),
    [("/v1/till/rows?limit=0", 422), ("/v1/till/broken", 500), ("/v1/till/mine", 401), ("/nowhere", 404)],
)
def test_every_kind_of_failure_has_a_problem_form(world: FakeService, path: str, status: int) -> None:
    content_type, body = problem(world, path, "application/problem+json")

    assert (content_type, body["status"]) == ("application/problem+json", status)


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("application/problem+json, application/json", "application/problem+json"),
        ("application/json, application/problem+json;q=0.5", "application/json"),
        ("application/problem+json;q=0", "application/json"),
        ("*/*", "application/json"),
        ("text/html", "application/json"),
        ("application/problem+json;q=x", "application/json"),
        (";;;,,,", "application/json"),
    ],
)
def test_the_form_follows_what_the_client_prefers(world: FakeService, accept: str, expected: str) -> None:
    assert problem(world, "/nowhere", accept)[0] == expected
