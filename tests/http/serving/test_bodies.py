"""A body is received before a thread is taken: all of it, in time, or not at all."""

import asyncio
import json
from typing import Any

import pytest

from bankcore.errors import UnavailableError
from bankcore_http.answering.errors import PayloadTooLargeError
from bankcore_http.serving.bodies import BodyLimits, BodyReceiver, Receive
from bankcore_http.serving.threads import ThreadedApplication
from tests.http.serving.asgi_client import Client, Lines, scope_of
from tests.worlds.http_framework import FIELDS, FakeService

BODY = json.dumps(FIELDS).encode()
SHORT = BodyLimits(grace_s=0.05, bytes_per_s=1_000_000)
PATH = "/v1/till/money"


def lines_for(length: int) -> Lines:
    return [("Content-Type", "application/json"), ("Content-Length", str(length))]


CHUNKED: Lines = [("Content-Type", "application/json"), ("Transfer-Encoding", "chunked")]


@pytest.mark.parametrize("pieces", [[BODY], [BODY[:5], BODY[5:]], [BODY[i : i + 1] for i in range(len(BODY))]])
@pytest.mark.parametrize("lines", [lines_for(len(BODY)), CHUNKED])
def test_a_body_arrives_in_any_number_of_pieces(world: FakeService, pieces: list[bytes], lines: Lines) -> None:
    answer = Client(ThreadedApplication(world.app, threads=1)).ask("POST", PATH, lines, pieces)

    assert (answer.status, answer.json["data"]["amount"]) == (201, "1.50")


@pytest.mark.parametrize("lines", [lines_for(500), CHUNKED])
def test_a_body_that_does_not_come_in_time_is_408_and_may_be_sent_again(world: FakeService, lines: Lines) -> None:
    answer = Client(ThreadedApplication(world.app, threads=1, limits=SHORT)).ask("POST", PATH, lines, None)

    assert (answer.status, answer.code, answer.json["error"]["retryable"]) == (408, "request_timeout", True)
    assert (b"connection", b"close") in answer.headers


def test_others_are_served_while_bodies_do_not_come(world: FakeService) -> None:
    client = Client(ThreadedApplication(world.app, threads=1, limits=BodyLimits(grace_s=60)))

    async def ask_beside_slow_ones() -> int:
        slow = [asyncio.ensure_future(client.ask_in_loop("POST", PATH, lines_for(500), None)) for _ in range(50)]
        await asyncio.sleep(0)
        answer = await asyncio.wait_for(client.ask_in_loop("POST", PATH, lines_for(len(BODY)), [BODY]), 5)
        for each in slow:
            assert not each.done()
            each.cancel()
        return answer.status

    assert asyncio.run(ask_beside_slow_ones()) == 201


@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("/statements", 100),
        ("/providers/019c1406-3400-7000-8000-0000000000c7/files", 1_000),
        ("/providers/019c1406-3400-7000-8000-0000000000c7/files/", 10),
        ("/providers/a/b/files", 10),
        ("/providers", 10),
    ],
)
def test_a_body_may_be_long_at_its_route_alone(path: str, most: int) -> None:
    longer = {"/statements": 100, "/providers/<uuid:config_id>/files": 1_000}

    assert BodyLimits(longest_bytes=10, longer=longer).longest_at(path) == most


def test_a_longer_body_may_take_longer() -> None:
    limits = BodyLimits(longest_bytes=10_000, grace_s=5, bytes_per_s=1_000)

    assert (limits.time_s(0), limits.time_s(10_000)) == (5, 15)


def test_a_body_that_is_announced_as_too_large_is_not_received(world: FakeService) -> None:
    answer = Client(ThreadedApplication(world.app, threads=1)).ask("POST", PATH, lines_for(70_000), None)

    assert (answer.status, answer.code) == (413, "payload_too_large")
    assert (b"connection", b"close") in answer.headers


def test_a_chunked_body_that_is_too_large_is_received_up_to_the_limit(world: FakeService) -> None:
    pieces = [b"x" * 10_000] * 100
    answer = Client(ThreadedApplication(world.app, threads=1)).ask("POST", PATH, CHUNKED, pieces)

    assert (answer.status, answer.code) == (413, "payload_too_large")


@pytest.mark.parametrize("coding", ["gzip, chunked", "identity", "chunked, chunked"])
def test_only_plain_chunks_are_taken(world: FakeService, coding: str) -> None:
    lines = [("Content-Type", "application/json"), ("Transfer-Encoding", coding)]
    answer = Client(ThreadedApplication(world.app, threads=1)).ask("POST", PATH, lines, [BODY])

    assert (answer.status, answer.code) == (400, "bad_request")


def test_a_client_that_leaves_while_it_sends_has_asked_nothing(world: FakeService) -> None:
    async def receive() -> dict[str, object]:
        return {"type": "http.disconnect"}

    async def send(_message: object) -> None:
        pass

    application = ThreadedApplication(world.app, threads=1)
    asyncio.run(application(scope_of("POST", PATH, lines_for(500)), receive, send))

    assert [line.status for line in world.lines] == [400]


def test_who_may_not_ask_hears_that_and_not_of_the_body(world: FakeService) -> None:
    application = ThreadedApplication(world.app, threads=1, limits=SHORT)

    answer = Client(application).ask("GET", "/v1/till/mine", lines_for(500), None)

    assert answer.status == 401


def receiver(**limits: float) -> BodyReceiver:
    return BodyReceiver(BodyLimits(longest_bytes=10, longer={"/long": 100}, **limits))  # type: ignore[arg-type]


def length_of(size: int) -> list[tuple[bytes, bytes]]:
    return [(b"content-length", str(size).encode())]


async def never() -> dict[str, Any]:
    await asyncio.Event().wait()
    raise AssertionError


def whole(size: int) -> Receive:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"x" * size}

    return receive


@pytest.mark.parametrize(("path", "size", "limit"), [("/other", 11, 10), ("/long", 101, 100)])
def test_each_path_has_its_own_limit(path: str, size: int, limit: int) -> None:
    too_long = asyncio.run(receiver().receive(path, length_of(size), never))
    just_right = asyncio.run(receiver().receive(path, length_of(limit), whole(limit)))

    assert isinstance(too_long, PayloadTooLargeError)
    assert too_long.limit_bytes == limit
    assert just_right == b"x" * limit


def test_a_long_body_that_finds_no_place_may_be_sent_again_and_short_ones_need_none() -> None:
    bodies = receiver(long_places=1, grace_s=0.05, bytes_per_s=1)

    async def ask() -> tuple[object, ...]:
        slow = asyncio.ensure_future(bodies.receive("/long", length_of(100), never))
        await asyncio.sleep(0)
        refused = await bodies.receive("/long", length_of(100), whole(100))
        short = await bodies.receive("/long", length_of(10), whole(10))
        slow.cancel()
        await asyncio.wait([slow])
        return refused, short, await bodies.receive("/long", length_of(100), whole(100))

    refused, short, after = asyncio.run(ask())
    assert isinstance(refused, UnavailableError)
    assert (short, after) == (b"x" * 10, b"x" * 100)


def test_what_a_body_has_more_than_others_has_to_come_faster() -> None:
    limits = BodyLimits(longest_bytes=1_000, grace_s=5, bytes_per_s=1_000)

    assert limits.time_s(17_000) == 5 + 1 + 1
