"""Whatever is sent, the answer is a 4xx in the envelope, never a 5xx, and never a silent acceptance."""

import json

import pytest

from tests.http.framework.hostile_corpus import MALFORMED, PLAIN, QUERIES, REFUSED_VALUES, with_field
from tests.worlds.http_framework import ACCOUNT, FIELDS, FakeService

pytestmark = pytest.mark.security


def is_refused(world: FakeService, body: bytes, status: int, code: str) -> bool:
    answer = world.client.post("/v1/till/money", data=body, content_type="application/json")
    envelope = answer.get_json()
    return (answer.status_code, envelope["success"], envelope["error"]["code"]) == (status, False, code)


def test_the_corpus_is_as_large_as_promised() -> None:
    assert len(MALFORMED) + len(REFUSED_VALUES) + len(QUERIES) >= 60


@pytest.mark.parametrize("name", MALFORMED)
def test_a_body_that_is_not_strict_json_is_malformed(world: FakeService, name: str) -> None:
    assert is_refused(world, MALFORMED[name], 400, "malformed_json")


@pytest.mark.parametrize("name", REFUSED_VALUES)
def test_a_value_that_is_not_allowed_fails_validation(world: FakeService, name: str) -> None:
    assert is_refused(world, REFUSED_VALUES[name], 422, "validation_failed")


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_that_is_not_allowed_fails_validation(world: FakeService, name: str) -> None:
    answer = world.client.get(f"/v1/till/rows?{QUERIES[name]}")

    assert answer.status_code == 422
    assert answer.get_json()["error"]["errors"][0]["pointer"].startswith("/query")


@pytest.mark.parametrize("query", ["x=1", "limit=1", "x", "%ff"])
def test_a_route_that_takes_no_query_refuses_any(world: FakeService, query: str) -> None:
    assert world.client.get(f"/v1/till/plain?{query}").status_code == 422


def test_the_pointer_names_each_wrong_place(world: FakeService) -> None:
    body = {**FIELDS, "amount": 1, "metadata": {"a/b~": 1}, "extra/one": 1}

    answer = world.client.post("/v1/till/money", json=body)

    pointers = [error["pointer"] for error in answer.get_json()["error"]["errors"]]
    assert pointers == ["/amount", "/extra~1one", "/metadata/a~1b~0"]


def test_an_answer_does_not_grow_with_the_number_of_mistakes(world: FakeService) -> None:
    answer = world.client.post("/v1/till/money", json={"k" * 500 + str(n): n for n in range(50)})

    assert len(answer.get_json()["error"]["errors"]) == 20
    assert len(answer.get_data()) < 4000


def test_text_arrives_in_one_normal_form(world: FakeService) -> None:
    answer = world.client.post("/v1/till/money", json={**FIELDS, "reference": "cafe\u0301"})

    assert answer.get_json()["data"]["reference"] == "caf\u00e9"


def test_a_whole_pair_of_surrogates_is_a_character(world: FakeService) -> None:
    answer = world.client.post(
        "/v1/till/money", data=with_field("reference", '"\\ud83d\\ude00"'), content_type="application/json"
    )

    assert answer.get_json()["data"]["reference"] == "\U0001f600"


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/plain",
        "text/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/vnd.api+json",
        "application/json; charset=latin-1",
        "application/jsonp",
        "application/json,text/x",
    ],
)
def test_another_media_type_is_not_supported(world: FakeService, content_type: str) -> None:
    answer = world.client.post("/v1/till/money", data=PLAIN, content_type=content_type)

    assert (answer.status_code, answer.get_json()["error"]["code"]) == (415, "unsupported_media_type")


@pytest.mark.parametrize("content_type", ["application/json", "Application/JSON", 'application/json; charset="UTF-8"'])
def test_every_spelling_of_plain_json_is_taken(world: FakeService, content_type: str) -> None:
    assert world.client.post("/v1/till/money", data=PLAIN, content_type=content_type).status_code == 201


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "identity, gzip"])
def test_an_encoded_body_is_not_supported(world: FakeService, encoding: str) -> None:
    answer = world.client.post(
        "/v1/till/money", data=PLAIN, content_type="application/json", headers={"Content-Encoding": encoding}
    )

    assert answer.status_code == 415


def test_a_body_over_the_limit_is_too_large(world: FakeService) -> None:
    answer = world.client.post("/v1/till/money", json={"reference": "x" * 70_000})

    error = answer.get_json()["error"]
    assert (answer.status_code, error["code"], error["details"]) == (413, "payload_too_large", {"limitBytes": 65536})


@pytest.mark.parametrize(
    ("size", "terminated", "status", "code"),
    [
        (70_000, True, 413, "payload_too_large"),
        (65_500, True, 422, "validation_failed"),
        (10, False, 400, "bad_request"),
    ],
)
def test_a_chunked_body_is_read_to_its_end_or_refused(
    world: FakeService, *, size: int, terminated: bool, status: int, code: str
) -> None:
    chunked = {"wsgi.input_terminated": terminated, "CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked"}

    answer = world.client.post(
        "/v1/till/money",
        data=json.dumps({"reference": "x" * size}),
        content_type="application/json",
        environ_overrides=chunked,
    )

    assert (answer.status_code, answer.get_json()["error"]["code"]) == (status, code)


def test_a_body_that_ends_early_cannot_be_read(world: FakeService) -> None:
    answer = world.client.post(
        "/v1/till/money",
        data=PLAIN,
        content_type="application/json",
        environ_overrides={"CONTENT_LENGTH": "9000"},
    )

    assert (answer.status_code, answer.get_json()["error"]["code"]) == (400, "bad_request")


def test_a_route_without_a_body_takes_none_or_an_empty_object(world: FakeService) -> None:
    path = f"/v1/till/money/{ACCOUNT}/void"

    assert world.client.post(path).status_code == 200
    assert world.client.post(path, json={}).status_code == 200
    assert world.client.post(path, json={"amount": "1"}).status_code == 422
    assert world.client.post(path, json=[]).status_code == 400
    assert world.client.post(path, data="x").status_code == 415


@pytest.mark.parametrize("money_id", ["1", "..", str(ACCOUNT) + "0", "%00", "%ff", "a" * 5000, "%F0%9F%98%80"])
def test_an_id_that_is_none_is_not_found(world: FakeService, money_id: str) -> None:
    assert world.client.post(f"/v1/till/money/{money_id}/void").status_code in {404, 405}


@pytest.mark.parametrize("host", ["", "evil.example", "a b", "[::1", "x:99999999", "\xff", "a" * 5000])
def test_the_host_header_changes_nothing(world: FakeService, host: str) -> None:
    assert world.client.get("/v1/till/plain", headers={"Host": host}).status_code == 200
