"""What anybody can ask for and costs much takes a share of the threads, and the rest stay for others."""

import asyncio
import threading
from collections.abc import Iterable
from itertools import count
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest

from bankcore_http.identity.blueprint import PASSWORD_PATHS
from bankcore_http.serving import threads
from bankcore_http.serving.threads import ThreadedApplication
from bankcore_http.wsgi import describe, origin_of
from tests.http.serving.asgi_client import Client
from tests.worlds.http_framework import FakeService

SLOW = "/slow"


class SlowPath:
    """An application whose one slow path waits until the test lets it go, and counts who is there."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.inside = 0
        self._lock = threading.Lock()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"] == SLOW:
            with self._lock:
                self.inside += 1
            self.go.wait(20)
        start_response("200 OK", [("Content-Length", "2")])
        return [b"ok"]


def test_a_quarter_of_the_threads_is_narrow_and_the_others_answer_at_once() -> None:
    application = SlowPath()
    client = Client(ThreadedApplication(application, threads=8, narrow={SLOW}))

    async def ask_beside_crowd() -> list[int]:
        crowd = [asyncio.ensure_future(client.ask_in_loop("POST", path)) for path in (SLOW, "/%73low") * 20]
        others = [(await asyncio.wait_for(client.ask_in_loop("GET", "/other"), 5)).status for _ in range(5)]
        assert application.inside <= 2
        application.go.set()
        return others + [(await each).status for each in crowd]

    assert asyncio.run(ask_beside_crowd()) == [200] * 45
    assert application.inside == 40


def test_a_crowd_from_one_place_does_not_make_others_wait_for_all_of_it() -> None:
    application, ended, origins = SlowPath(), list[str](), [*["crowd"] * 20, "somebody"]
    arrivals, all_wait = count(1), asyncio.Event()

    def arrive(environ: WSGIEnvironment) -> str:
        if next(arrivals) == len(origins):
            all_wait.set()
        return str(environ["QUERY_STRING"])

    client = Client(ThreadedApplication(application, threads=4, narrow={SLOW}, origin_of=arrive))

    async def ask(origin: str) -> None:
        assert (await client.ask_in_loop("POST", f"{SLOW}?{origin}")).status == 200
        ended.append(origin)

    async def ask_beside_crowd() -> None:
        everybody = [asyncio.ensure_future(ask(origin)) for origin in origins]
        await all_wait.wait()
        application.go.set()
        await asyncio.gather(*everybody)

    asyncio.run(ask_beside_crowd())

    assert ended.index("somebody") <= 2


@pytest.mark.parametrize(
    ("proxies", "forwarded", "remote", "origin"),
    [
        (0, "198.51.100.1", "192.0.2.7", "192.0.2.7"),
        (1, "198.51.100.9, 198.51.100.1", "192.0.2.7", "198.51.100.1"),
        (1, "2001:db8:1:2:3::4", "192.0.2.7", "2001:db8:1:2::"),
        (1, "", "192.0.2.7", "192.0.2.7"),
        (0, "", "", "unknown"),
    ],
)
def test_a_turn_belongs_to_what_one_customer_has_of_addresses(
    proxies: int, forwarded: str, remote: str, origin: str
) -> None:
    environ = {"HTTP_X_FORWARDED_FOR": forwarded, "REMOTE_ADDR": remote}

    assert origin_of(environ, proxies=proxies) == origin


def test_who_waits_too_long_for_a_turn_is_told_to_come_again(
    world: FakeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threads, "_LANE_TIMEOUT_S", 0.05)
    started, go = threading.Event(), threading.Event()

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ.get("QUERY_STRING") == "first":
            started.set()
            go.wait(20)
        return world.app(environ, start_response)

    client = Client(ThreadedApplication(application, threads=4, narrow={"/v1/till/mine"}))

    async def ask_two() -> tuple[int, str]:
        first = asyncio.ensure_future(client.ask_in_loop("GET", "/v1/till/mine?first"))
        await asyncio.to_thread(started.wait, 5)
        second = await client.ask_in_loop("GET", "/v1/till/mine")
        go.set()
        await first
        assert (b"retry-after", b"1") in second.headers
        return second.status, second.code

    assert asyncio.run(ask_two()) == (503, "unavailable")


def test_the_paths_that_take_a_password_are_narrow() -> None:
    document = describe()
    taking = {path for path, operations in document["paths"].items() if '"password"' in repr_of(document, operations)}  # type: ignore[attr-defined]

    assert taking == PASSWORD_PATHS


def repr_of(document: object, operations: object) -> str:
    """The operations with the schemas of their bodies in place of references."""
    text = repr(operations)
    schemas = document["components"]["schemas"]  # type: ignore[index]
    return "".join(
        repr(schema["properties"]).replace("'", '"')
        for name, schema in schemas.items()
        if f"'#/components/schemas/{name}'" in text and "properties" in schema
    )
