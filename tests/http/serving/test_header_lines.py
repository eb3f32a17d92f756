"""What may stand once in a request stands once, and under one spelling."""

import pytest

from bankcore_http.serving.threads import ThreadedApplication
from tests.http.serving.asgi_client import Client
from tests.worlds.http_framework import FakeService

SINGLE = ["Authorization", "Content-Type", "Host", "Idempotency-Key", "Transfer-Encoding"]
SINGLE += ["X-API-Key", "X-Forwarded-Proto", "X-Request-Id", "X-Tenant"]


@pytest.fixture
def client(world: FakeService) -> Client:
    return Client(ThreadedApplication(world.app, threads=1))


@pytest.mark.parametrize("name", SINGLE)
@pytest.mark.parametrize("values", [("a", "a"), ("a", "b")])
def test_a_header_with_one_value_that_comes_twice_is_refused(
    client: Client, name: str, values: tuple[str, str]
) -> None:
    answer = client.ask("GET", "/v1/till/mine", [("X-Caller", "alice"), *((name, value) for value in values)])

    assert (answer.status, answer.code) == (400, "bad_request")
    assert answer.json["error"]["errors"] == [{"pointer": f"/headers/{name}", "detail": "send this header once"}]


@pytest.mark.parametrize("name", ["Idempotency_Key", "X_TENANT", "x_request_id", "X_Forwarded_For", "x-request_id"])
def test_a_spelling_that_would_become_another_header_is_refused(client: Client, name: str) -> None:
    answer = client.ask("GET", "/v1/till/mine", [("X-Caller", "alice"), (name, "a")])

    assert (answer.status, answer.code) == (400, "bad_request")
    assert answer.json["error"]["errors"][0]["detail"] == "spell this header with hyphens"


def test_other_headers_may_come_twice_and_with_underscores(client: Client) -> None:
    lines = [("X-Caller", "alice"), ("Accept", "application/json"), ("Accept", "*/*"), ("x_caller", "bob")]

    answer = client.ask("GET", "/v1/till/mine", lines)

    assert (answer.status, answer.json["data"]) == (200, {"caller": "alice"})


def test_a_request_with_two_ids_gets_an_id_of_ours(client: Client) -> None:
    answer = client.ask("GET", "/v1/till/mine", [("X-Request-Id", "order-0001"), ("X-Request-Id", "order-0001")])

    assert answer.json["meta"]["requestId"].startswith("req_")


def test_it_is_refused_whatever_the_path_is(client: Client) -> None:
    answer = client.ask("GET", "/nowhere", [("Host", "a"), ("Host", "b")])

    assert answer.status == 400
