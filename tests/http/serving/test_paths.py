"""A path has one spelling."""

import pytest

from bankcore_http.serving.threads import ThreadedApplication
from tests.http.serving.asgi_client import Client
from tests.worlds.http_framework import FakeService

HEADERS = [("X-Caller", "alice")]


@pytest.mark.parametrize(
    "path",
    [
        "//v1/till/mine",
        "///v1/till/mine",
        "/%2fv1/till/mine",
        "/%2Fv1/till/mine",
        "/v1%2ftill/mine",
        "/v1//till/mine",
        "/v1/till/./mine",
        "/v1/till/x/../mine",
        "/v1/till/mine/",
        "/v1\\till\\mine",
        "/V1/till/mine",
    ],
)
def test_another_spelling_of_a_path_does_not_exist(world: FakeService, path: str) -> None:
    client = Client(ThreadedApplication(world.app, threads=1))

    assert client.ask("GET", "/v1/till/mine", HEADERS).status == 200
    assert client.ask("GET", path, HEADERS).status == 404


def test_a_slash_twice_does_not_exist_for_any_wsgi_server(world: FakeService) -> None:
    answer = world.client.get("/", environ_overrides={"PATH_INFO": "//v1/till/mine"}, headers={"X-Caller": "alice"})

    assert (answer.status_code, answer.get_json()["error"]["code"]) == (404, "not_found")


def test_what_is_encoded_arrives_as_bytes(world: FakeService) -> None:
    client = Client(ThreadedApplication(world.app, threads=1))

    answer = client.ask("GET", "/v1/till/%6dine?%C3%A9=1", HEADERS)

    assert answer.status == 422
    assert answer.json["error"]["errors"][0]["pointer"] == "/query/\u00e9"
